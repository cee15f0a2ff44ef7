import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Child } from '../_stack/child.ts';
import { Questions } from '../_stack/questions.ts';
import { Stack } from '../_stack/stack.ts';
import { repeated } from '../_stack/venue.ts';

jest.setTimeout(180_000);

const SYMBOL = 'SOLUSDT';
/** Debian's own Python has the modules when python3-zmq and python3-msgpack are installed; another one on the path may. */
const PYTHON = ['/usr/bin/python3', 'python3'].find((program) => spawnSync(program, ['-c', 'import zmq, msgpack']).status === 0);

interface Variant {
  readonly name: string;
  readonly command: readonly string[] | undefined;
  readonly tag: string;
}

const VARIANTS: readonly Variant[] = [
  { name: 'Node with a msgpack codec of its own', command: [process.execPath, join(import.meta.dirname, 'trader.mjs')], tag: 'mj' },
  { name: 'Python', command: PYTHON === undefined ? undefined : [PYTHON, join(import.meta.dirname, 'trader.py')], tag: 'py' },
];

for (const { name, command, tag } of VARIANTS) {
  if (command === undefined) {
    it.skip(`a trader in ${name} (skipped: no python3 with the modules zmq and msgpack; Debian: python3-zmq, python3-msgpack)`, () => {});
    continue;
  }
  describe(`a trader in ${name}, written from docs/wire.md alone`, () => {
    let stack: Stack;
    let trader: Child;
    let said: Record<string, Record<string, unknown>>;

    beforeAll(async () => {
      stack = await Stack.start(['exchange-simulator', 'market-server', 'trading-engine', 'position-server'], {
        // One of these programs says nothing while it waits for the test.
        'trading-engine': { RISK_MANAGEMENT: { TRADER_SILENCE_MS: '0' } },
      });
      // Something to rest behind; nobody else trades this symbol.
      await stack.venue.control('POST', 'book', { symbol: SYMBOL, bids: [['179.9000', '10']], asks: [['180.1000', '10']] });
      const config = {
        pub: stack.endpoint(7003),
        sub: stack.endpoint(6002),
        service: stack.endpoint(8002),
        exchange: 'BINANCE',
        account: 'main',
        tag,
        src: `trader_${tag}`,
        instrument: `${SYMBOL}-PERP.BINANCE`,
        price: '170.0000',
        otherPrice: '169.5000',
        qty: '0.50',
      };
      trader = stack.spawn(`trader_${tag}`, [...command, JSON.stringify(config)]);
      await trader.line('that it wants a restart', (line) => line.includes('restart-the-engine'), { withinMs: 60_000 });
      await stack.kill('trading-engine');
      await stack.launchReady('trading-engine');
      trader.write('restarted');
      await trader.end(undefined, 60_000);
      const lines = trader.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
      said = Object.fromEntries(lines.map((line) => [String(line.step), line]));
    });

    afterAll(() => stack?.dispose());

    it('plays its session to the end without a gap', () => {
      expect(trader.ended).toEqual({ code: 0, signal: null });
      expect(said).not.toHaveProperty('failed');
      expect(said).not.toHaveProperty('gap');
      expect(said).toHaveProperty('done');
      expect(trader.stderr).toEqual([]);
    });

    it('places, modifies and cancels', () => {
      expect(said).toMatchObject({
        live: { state: 'ready' },
        placed: { verdict: 'accepted', phase: 'new' },
        modified: { verdict: 'accepted', price: '169.5' },
        canceled: { verdict: 'accepted', phase: 'canceled' },
      });
      const story = stack.venue.log().filter((line) => line.type === 'order' && line.clientId === said.placed?.id);
      expect(story.map(({ event }) => event)).toEqual(['NEW', 'AMENDMENT', 'CANCELED']);
    });

    it('has one order at the exchange for five copies of a command', () => {
      const verdicts = (said.five?.verdicts ?? []) as readonly string[];
      expect(verdicts.toSorted()).toEqual(['accepted', 'known', 'known', 'known', 'known']);
      expect(stack.venue.placements(String(said.five?.id))).toHaveLength(1);
      expect(repeated(stack.venue.acceptedIds())).toEqual([]);
    });

    it('has none for a command past its deadline, and none for one made for another engine', () => {
      expect(said).toMatchObject({ deadline: { verdict: 'denied', code: 'DEADLINE' }, fenced: { verdict: 'denied', code: 'FENCED' } });
      expect(stack.venue.placements(String(said.deadline?.id))).toEqual([]);
      expect(stack.venue.placements(String(said.fenced?.id))).toEqual([]);
    });

    it('is told after a restart of the engine how its orders stand', () => {
      expect(said['live-again']).toMatchObject({ state: 'ready', known: [said.five?.id] });
      expect(said['live-again']?.engineEpoch).toBeGreaterThan(Number(said.live?.engineEpoch));
      expect(said).toMatchObject({
        known: { verdict: 'known', phase: 'new', price: '170' },
        'denied-for-ever': { verdict: 'known', phase: 'denied' },
        'never-heard-of': { verdict: 'not-found' },
      });
    });

    it('leaves at the exchange what it says it has', async () => {
      const { openOrders } = await stack.venue.account();
      expect(openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual([said.five?.id]);
      const { orders } = await new Questions(stack).engineAccount();
      expect(orders.map(({ clientOrderId }) => clientOrderId)).toEqual([said.five?.id]);
    });
  });
}
