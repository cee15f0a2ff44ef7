/** A second account of the exchange, made by the commands of docs/deployment.md: beside the first one, and with nothing of it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ROOT, run, whySkipped } from './_docker.ts';
import { Exchange, MACHINE, Machine } from './_machine.ts';

jest.setTimeout(300_000);

const skipped = whySkipped('all');

/** Copies of deploy/ with the INI files of both accounts; the answer is the folder. */
function withSecondAccount(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-accounts-'));
  cpSync(join(ROOT, 'deploy'), folder, { recursive: true });
  const page = readFileSync(join(ROOT, 'docs/deployment.md'), 'utf8');
  const commands = [...page.matchAll(/^ *((?:cp|sed) .*config-second.*)$/gm)].map(([, line]) => line);
  expect(commands).toHaveLength(3);
  const { status, stderr } = run('bash', ['-euc', commands.join('\n')], { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return folder;
}

describe('the INI files of a second account', () => {
  let folder: string;
  beforeAll(() => {
    folder = withSecondAccount();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('differ from those of the first one in the account alone', () => {
    const files = readdirSync(join(folder, 'config'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ini'));
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const [first = '', second = ''] = ['config', 'config-second'].map((name) => readFileSync(join(folder, name, file), 'utf8'));
      expect(second).toBe(first.replace('ACCOUNT_ID=main\n', 'ACCOUNT_ID=second\n'));
      if (!file.includes('exchange_simulator')) expect(second).toContain('ACCOUNT_ID=second\n');
    }
  });

  it.each(['testnet', 'live', 'simulator'])(
    'leave all who ask the exchange from one address the whole of its weight and no more: %s',
    (venue) => {
      const shares = ['config', 'config-second'].flatMap((name) =>
        ['market_server', 'trading_engine'].map((program) => {
          const text = readFileSync(join(folder, name, venue, `${program}_binance.ini`), 'utf8');
          return Number(/^IP_WEIGHT_SHARE=(.*)$/m.exec(text)?.[1]);
        }),
      );
      expect(shares.reduce((sum, share) => sum + share)).toBe(1);
    },
  );
});

if (skipped !== undefined) it.skip(`a second account (skipped: ${skipped})`, () => {});
else
  describe('a second account', () => {
    let folder: string;
    let exchange: Exchange;
    let first: Machine;
    let second: Machine;

    beforeAll(async () => {
      folder = withSecondAccount();
      exchange = await Exchange.start();
      first = new Machine(exchange, { envFile: 'live.env', folder, account: { id: 'main', atVenue: 'demo' } });
      second = new Machine(exchange, { envFile: 'second.env', folder, account: { id: 'second', atVenue: 'second' } });
      for (const machine of [first, second]) await machine.up();
    });
    afterAll(async () => {
      await second?.dispose();
      await first?.dispose();
      await exchange?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    it("trades beside the first one, each with the books of its own account and none of the other's orders", async () => {
      await Promise.all([first.trading(5), second.trading(5)]);
      for (const machine of [first, second]) {
        await machine.agree();
        expect(exchange.repeatedIds(machine.account.atVenue)).toEqual([]);
      }
      const born = exchange.log().filter(({ type, event }) => type === 'order' && event === 'NEW');
      const [ours, theirs] = ['demo', 'second'].map((name) =>
        born.filter(({ account }) => account === name).map(({ clientId }) => clientId),
      );
      expect(ours?.length).toBeGreaterThan(5);
      expect(theirs?.length).toBeGreaterThan(5);
      expect(ours?.filter((id) => theirs?.includes(id))).toEqual([]);
    });

    it('is found whole by its own zmq-test', () => {
      const { status, stdout } = second.compose('run', '--rm', 'zmq-test', 'zmq-test', 'config/desk.ini', '--json');
      expect({ status, ok: JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}').ok }).toEqual({ status: 0, ok: true });
    });

    it('goes on while the first one is gone, which comes back as it was', async () => {
      first.kill(...MACHINE);
      await second.trading(5);
      await second.agree();
      first.start(...MACHINE);
      await first.healthy();
      await first.trading(3);
      await first.agree();
    });
  });
