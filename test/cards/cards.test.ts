import { describe, expect, it, jest } from '@jest/globals';
import type { Child } from '../_stack/child.ts';
import { Stack } from '../_stack/stack.ts';
import { runCards } from './run-cards.ts';
import { countsOf, tableOf } from './table.ts';

jest.setTimeout(180_000);

/** A few of each kind; all of them are played by night. */
const FEW = ['D01', 'D20', 'E01', 'E10', 'E21', 'E30', 'E40', 'E44', 'E70', 'E73', 'E78', 'X01', 'X27', 'X29', 'X31'];

/** The command as a user would type it. */
async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const stack = await Stack.create();
  try {
    const child = stack.run('cards', [new URL('main.ts', import.meta.url).pathname, ...args], env);
    await child.end(undefined, 60_000);
    return child;
  } finally {
    await stack.dispose();
  }
}

describe('cards against the simulator', () => {
  it.each([
    ['rest', FEW],
    ['ws', ['E10', 'E30', 'E40', 'E70', 'X31']],
  ] as const)('a few of each kind pass over %s', async (transport, only) => {
    const results = await runCards({ venue: 'simulator', transport, only, slow: false });

    expect(results.filter(({ result }) => result !== 'passed')).toEqual([]);
    expect(countsOf(results)).toEqual({ played: only.length, passed: only.length, failed: 0, skipped: 0 });
  });
});

describe('the command', () => {
  it('is no silent pass without keys of the testnet: exit code 2 and the reason', async () => {
    const child = await command(['--venue', 'testnet', '--json']);

    expect(child.ended?.code).toBe(2);
    expect(child.stdout).toHaveLength(1);
    expect(JSON.parse(child.stdout[0] ?? '')).toMatchObject({ ok: false, error: { code: 'CFG_NO_KEYS' } });
  });

  it.each([[['--venue', 'moon']], [['--venue', 'simulator', '--transport', 'pigeon']], [['--venue', 'simulator', '--only', 'E999']]])(
    'refuses %j with exit code 2',
    async (args) => {
      const child = await command([...args, '--json']);

      expect(child.ended?.code).toBe(2);
      expect(JSON.parse(child.stdout[0] ?? '')).toMatchObject({ ok: false, error: { code: 'CFG_USAGE' } });
    },
  );
});

describe('the table', () => {
  it('has a row for each card, and a reason with pipes in it does not break it', () => {
    const table = tableOf([
      { id: 'E01', title: 'buy', result: 'passed', elapsedMs: 1_234 },
      { id: 'E02', title: 'sell', result: 'failed', elapsedMs: 5, reason: 'a|b' },
      { id: 'E05', title: 'quote', result: 'skipped', reason: 'none' },
    ]);

    expect(table.split('\n').slice(2)).toEqual([
      '| E01 | buy | passed | 1.2 s |',
      '| E02 | sell | failed: a\\|b | 0.0 s |',
      '| E05 | quote | skipped: none |  |',
    ]);
  });
});
