/** The other process of the net bench: answers every request with a small order, sends back every WebSocket text. Ends with its parent. */
import { createHttpServer, createLog, createSecretRegistry, createSystemClock } from '@fillwright/runtime';

const clock = createSystemClock();
const log = createLog({ proc: 'peer', level: 'error', clock, secrets: createSecretRegistry(), write: () => undefined });
const body = JSON.stringify({ orderId: 812345678901, symbol: 'BTCUSDT', status: 'NEW', clientOrderId: 'q1tkr3x01a', price: '92000.00' });
const listener = await createHttpServer({ clock, log }).listen(
  { host: '127.0.0.1', port: 0 },
  {
    request: () => ({ type: 'reply', status: 200, headers: { 'content-type': 'application/json' }, body }),
    socket: (_upgrade, socket) => ({
      onMessage: (text) => socket.send(text),
      onPing: () => undefined,
      onPong: () => undefined,
      onClose: () => undefined,
    }),
  },
);
process.on('disconnect', () => process.exit(0));
process.send?.(listener.port);
