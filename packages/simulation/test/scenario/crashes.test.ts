/** The core promise: kill -9 of any service, at any time and in the middle of any port call, loses, doubles and misreports nothing. */
import { describe, expect, it } from '@jest/globals';
import type { SimulatedProcess } from '../../src/kernel/world.ts';
import { crash } from '../../src/scenario/crashes.ts';
import type { Desk } from '../../src/scenario/desk.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const CRASHES_PER_HALF = 2;
const MAX_DOWN_US = 3_000_000;
/** So many port calls later it dies, when it dies in the middle of one. */
const MAX_CALLS = 80;

const VICTIMS: Readonly<Record<string, (desk: Desk) => readonly SimulatedProcess<object>[]>> = {
  'trading-engine': ({ engine }) => [engine],
  trader: ({ traders }) => traders,
  'position-server': ({ positions }) => [positions],
  'market-server': ({ market }) => [market],
  'any of them': ({ engine, traders, positions, market }) => [engine, ...traders, positions, market],
};

function crashes(victimsOf: (desk: Desk) => readonly SimulatedProcess<object>[], isAtCall: boolean) {
  return (desk: Desk, endUs: number): void => {
    const { kernel } = desk.world;
    const random = kernel.random(`crashes until ${endUs}`);
    for (let count = 0; count < CRASHES_PER_HALF; count++) {
      const atUs = kernel.nowUs + random.below(Math.round((endUs - kernel.nowUs) * 0.85));
      const call = { number: random.between(1, MAX_CALLS), side: random.chance(0.5) ? 'before' : 'after' } as const;
      const kill = { inFlight: random.chance(0.5) ? 'deliver' : 'lose' } as const;
      crash(desk, random.pick(victimsOf(desk)), { atUs, downUs: random.below(MAX_DOWN_US), kill, ...(isAtCall && { call }) });
    }
  };
}

describe.each(Object.entries(VICTIMS))('after kill -9 of %s', (_name, victimsOf) => {
  it.each([
    ['at a time', 31, false],
    ['at a time', 32, false],
    ['in a port call', 33, true],
    ['in a port call', 34, true],
  ])(
    '%s everything is in sync again, nothing doubled, positions right (seed %i)',
    async (_when, seed, isAtCall) => {
      let killed = 0;
      const report = await runScenario({
        plan: PLAN,
        seed,
        seconds: 16,
        disturb: crashes(victimsOf, isAtCall),
        onNote: ({ what }) => {
          if (what === 'killed') killed++;
        },
      });

      expect(report.violations).toEqual([]);
      expect(killed).toBeGreaterThanOrEqual(CRASHES_PER_HALF);
      expect(report.fills).toBeGreaterThan(10);
    },
    60_000,
  );
});

it('repeats a run with crashes byte for byte', async () => {
  const everybody = ({ engine, traders, positions, market }: Desk) => [engine, ...traders, positions, market];
  const options = { plan: PLAN, seed: 35, seconds: 10, disturb: crashes(everybody, true) };

  expect(await runScenario(options)).toEqual(await runScenario(options));
}, 60_000);
