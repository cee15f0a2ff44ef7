/**
 * Ports that stay free until the test takes them: below those that the system hands out to whoever asks for any port, and below them a few for
 * each process, since other test files run beside this one. (The ports of whole stacks lie lower still.)
 */
import { createServer } from 'node:net';

const LOWEST = 31_200;
const OF_EACH = 16;
const PROCESSES = 96;

const first = LOWEST + (process.pid % PROCESSES) * OF_EACH;
let taken = 0;

/** On 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < OF_EACH; attempt += 1) {
    const port = first + (taken % OF_EACH);
    taken += 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ports ${first} to ${first + OF_EACH - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
