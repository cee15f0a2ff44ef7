import { createHmac } from 'node:crypto';
import { createHttpServer, createSystemClock } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { ExchangeSimulator, simulatorOptions } from '../../src/mod.ts';
import { MemoryDisk, SILENT_LOG, VirtualClock } from '../kit.ts';
import { RawSocket } from '../raw-socket.ts';

const FIXED_RANDOM = {
  float: () => 0.5,
  below: (bound: number) => Math.floor(bound / 2),
  bytes: (length: number) => new Uint8Array(length),
};
const STREAMS = 'btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/ethusdt@depth5';

/** All bytes that each connection of a scripted client received over real sockets, the venue's clock moved step by step. */
async function received(seed: string): Promise<Readonly<Record<string, string>>> {
  const clock = new VirtualClock();
  const ports = {
    clock,
    log: SILENT_LOG,
    random: FIXED_RANDOM,
    httpServer: createHttpServer({ clock: createSystemClock() }),
    disk: new MemoryDisk(),
  };
  const venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, seed, controlToken: 'token' }));
  await venue.start();
  const port = Number(new URL(venue.info.futures.rest).port);
  const [account] = venue.info.accounts;
  const key = { 'x-mbx-apikey': account?.key ?? '' };
  const rest = new RawSocket(port);
  const [user, books] = [new RawSocket(port), new RawSocket(port)];
  const call = (method: string, path: string, params: string) => {
    const query = `${params}&timestamp=${clock.nowMs}`;
    const signature = createHmac('sha256', account?.secret ?? '')
      .update(query)
      .digest('hex');
    return rest.ask(method, `${path}?${query}&signature=${signature}`, key);
  };

  const { listenKey } = JSON.parse(await rest.ask('POST', '/fapi/v1/listenKey', key));
  await user.upgrade(`/private/ws/${listenKey}`);
  await books.upgrade(`/public/stream?streams=${STREAMS}`);
  for (let step = 0; step < 40; step += 1) {
    clock.advance(250);
    const { bidPrice } = JSON.parse(await rest.ask('GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT'));
    const side = step % 2 === 0 ? 'BUY' : 'SELL';
    await call('POST', '/fapi/v1/order', `symbol=BTCUSDT&side=${side}&type=LIMIT&timeInForce=GTC&price=${bidPrice}&quantity=0.01`);
    if (step % 8 === 7) await call('DELETE', '/fapi/v1/allOpenOrders', 'symbol=BTCUSDT');
  }
  // Everything that was sent before is there once the answer to this is.
  for (const socket of [user, books]) {
    socket.frame('{"method":"LIST_SUBSCRIPTIONS","id":"the-end"}');
    await socket.until('the last answer', () => socket.bytes.includes('"id":"the-end"}'));
  }
  const all = { rest: rest.bytes.toString('hex'), user: user.bytes.toString('hex'), books: books.bytes.toString('hex') };
  for (const socket of [rest, user, books]) socket.close();
  await venue.stop();
  return all;
}

describe('a stepped clock and one scripted client', () => {
  it('give the same bytes on every connection for the same seed, over sockets', async () => {
    const [once, twice, other] = [await received('7'), await received('7'), await received('8')];
    expect(twice).toEqual(once);
    for (const name of ['rest', 'user', 'books'] as const) {
      expect(once[name]?.length).toBeGreaterThan(20_000);
      expect(other[name]).not.toEqual(once[name]);
    }
  });
});
