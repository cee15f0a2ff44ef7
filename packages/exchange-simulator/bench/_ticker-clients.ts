/** Worker: fifty clients of one book ticker, in a thread of their own so that the venue has its core to itself; tells how late frames came. */
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

interface Task {
  readonly url: string;
  readonly clients: number;
  /** Of all clients together; then the lags are told. */
  readonly frames: number;
}

const { url, clients, frames } = workerData as Task;
const lagsUs: number[] = [];
const sockets = Array.from({ length: clients }, () => new WebSocket(url));

for (const socket of sockets) {
  socket.on('message', (bytes) => {
    // The event time has milliseconds: a lag is right to one of them.
    const text = String(bytes);
    const sentMs = Number(text.slice(text.lastIndexOf('"E":') + 4, text.lastIndexOf(',"st"')));
    lagsUs.push((performance.timeOrigin + performance.now() - sentMs) * 1_000);
    if (lagsUs.length !== frames) return;
    parentPort?.postMessage(lagsUs);
    for (const other of sockets) other.terminate();
  });
}
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('open', resolve))));
parentPort?.postMessage('open');
