/** kill -9 between any two of its calls to the outside: every fill is booked once, and the ledger is as if nothing had happened. */
import { describe, expect, it } from '@jest/globals';
import { Ledger } from '../src/mod.ts';
import type { Entry } from './fake-peers.ts';
import { house } from './house.ts';
import { BTC, balance, ETH, fill, shown } from './ledger/fills.ts';

const ENTRIES: readonly Entry[] = [
  { type: 'account.fill', data: { fill: fill({ trade: 1, qty: '2', price: '100', fee: '0.1' }) } },
  { type: 'other' },
  { type: 'account.balance', data: balance({ wallet: '999' }) },
  {
    type: 'account.fill',
    data: { fill: fill({ trade: 3, at: 3, side: 'sell', price: '130', owner: 'q2', feeAsset: 'BNB', fee: '0.01' }) },
  },
  { type: 'account.fill', data: { fill: fill({ trade: 2, at: 2, side: 'sell', price: '120' }) } },
  { type: 'account.fill', data: { fill: fill({ trade: 2, at: 2, side: 'buy', price: '120', instrument: ETH }) } },
  { type: 'account.balance', data: balance({ wallet: '998', cause: 'funding', delta: '-1', instrument: BTC }) },
  { type: 'account.fill', data: { fill: fill({ trade: 4, at: 4, side: 'sell', qty: '3', price: '90' }) } },
  { type: 'account.balance', data: balance({ wallet: '997', cause: 'funding', delta: '-1' }) },
];

/** Runs the story; the first life of the server ends `kill` calls after its birth, before or after that call took effect. */
async function story(kill?: { readonly call: number; readonly when: 'before' | 'after' }) {
  const desk = house();
  const { world, server, write, run, live } = desk;
  if (kill) {
    world.gate = {
      [kill.when]: (call: { incarnation: { number: number; kill(): void; processName: string }; number: number }) => {
        const { incarnation, number } = call;
        if (incarnation.processName !== 'position-server' || incarnation.number > 1 || number !== kill.call) return;
        incarnation.kill();
        server.restart(50_000);
      },
    };
  }
  for (const entry of ENTRIES) {
    await run(250);
    write(entry);
  }
  await run(500);
  const firstLifeCalls = server.incarnation.number === 1 ? server.incarnation.calls : 0;
  await live();
  await world.runUntil(() => server.service?.health().facts?.appliedPos === ENTRIES.length, 'whole journal');
  await run(100);
  const said = desk.seen().of('ledger.positions').at(-1);
  server.kill();
  const database = world.machine('desk').databases('position-server').incarnation().open('ledger.sqlite');
  const fills = database.prepare('SELECT count(*) AS n FROM fills').get()?.n;
  return { ledger: shown(new Ledger(database)), fills, said, firstLifeCalls, lives: server.incarnation.number };
}

describe('a killed position-server', () => {
  it('comes back with every fill booked once, wherever it was killed', async () => {
    const straight = await story();
    expect(straight).toMatchObject({ lives: 1, fills: 5, said: { appliedPos: ENTRIES.length } });

    for (let call = 1; call <= straight.firstLifeCalls; call += 1) {
      // One of the two moments for each call: `after` of one and `before` of the next are the same save for what the call returned.
      const when = call % 2 === 0 ? 'before' : 'after';
      const { ledger, fills, said, lives } = await story({ call, when });
      expect({ call, when, lives, ledger, fills, said }).toEqual({
        call,
        when,
        lives: 2,
        ledger: straight.ledger,
        fills: straight.fills,
        said: straight.said,
      });
    }
  });
});
