/** When a machine dies: the desk on another one, by the commands of docs/deployment.md, against an exchange that outlives both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accountsOf, differences } from '../_stack/agreement.ts';
import { until } from '../_stack/wait.ts';
import { ROOT, run, whySkipped } from './_docker.ts';
import { Exchange, MACHINE_WITHOUT_TRADER, Machine, QUIET } from './_machine.ts';

jest.setTimeout(400_000);

const skipped = whySkipped('all');

if (skipped !== undefined) it.skip(`a second machine (skipped: ${skipped})`, () => {});
else
  describe('a second machine', () => {
    let exchange: Exchange;
    let first: Machine;
    let second: Machine;
    let backups: string;

    beforeEach(async () => {
      backups = mkdtempSync(join(tmpdir(), 'fillwright-backup-'));
      exchange = await Exchange.start();
      first = new Machine(exchange);
      second = new Machine(exchange);
      await first.up();
      await first.trading(10);
    });
    afterEach(async () => {
      await second?.dispose();
      await first?.dispose();
      await exchange?.dispose();
      rmSync(backups, { recursive: true, force: true });
    });

    /** With a position held and orders open, of which one is filled before anybody can look. */
    async function burnFirst(): Promise<void> {
      const { venue } = exchange;
      await until('a position', async () => (await venue.account()).positions.some(({ positionAmt }) => Number(positionAmt) !== 0));
      await exchange.untilQuietOrders();
      first.burn();
      const { trades } = await venue.account();
      await venue.control('POST', 'trades', { symbol: QUIET, side: 'SELL', quantity: '600' });
      expect((await venue.account()).trades).toBeGreaterThan(trades);
      expect((await venue.account()).openOrders.filter(({ symbol }) => symbol === QUIET)).not.toEqual([]);
      await first.dispose();
    }

    /** Nobody trades; then exchange, engine and ledger tell the same to the last unit, and the exchange took no order twice. */
    async function stillAndEqual(machine: Machine): Promise<void> {
      await exchange.venue.control('POST', 'flow', { state: 'off' });
      let found: readonly string[] = [];
      await until(
        'the books agree',
        async () => {
          found = differences(await accountsOf(exchange.venue, machine));
          return found.length === 0;
        },
        { withinMs: 60_000, everyMs: 200, describe: () => `${found.join('\n')}\n${machine.logs('trading-engine')}` },
      );
      expect(exchange.repeatedIds()).toEqual([]);
    }

    async function tradesAgain(machine: Machine): Promise<void> {
      await exchange.venue.control('POST', 'flow', { state: 'on' });
      await machine.up();
      await machine.trading(5);
      await machine.control('trader', 'pause');
    }

    it('goes on from the backup: what was traded after it is fetched from the exchange, nothing is done or booked twice', async () => {
      const kept = run(join(ROOT, 'deploy/backup.sh'), [first.project, backups]);
      expect({ status: kept.status, said: kept.stderr }).toEqual({ status: 0, said: expect.stringMatching(/^sound:/) });
      await first.healthy();
      await first.trading(10);
      await burnFirst();

      const restore = (machine: Machine) => run(join(ROOT, 'deploy/restore.sh'), [kept.stdout.trim(), machine.project]);
      const restored = restore(second);
      expect({ status: restored.status, said: restored.stderr }).toEqual({ status: 0, said: expect.stringMatching(/^sound:/) });
      // What is there is not overwritten by mistake.
      expect(restore(second)).toMatchObject({ status: 1, stderr: expect.stringContaining('--replace') });
      process.stderr.write(`from the backup: ready after ${Math.round(await second.up(MACHINE_WITHOUT_TRADER))} ms\n`);
      await stillAndEqual(second);
      expect(second.bookedTrades()).toEqual(exchange.trades());

      await tradesAgain(second);
      await stillAndEqual(second);
      expect(second.bookedTrades()).toEqual(exchange.trades());
      expect(restore(second)).toMatchObject({ status: 1, stderr: expect.stringContaining('stop it first') });
    });

    it('begins without any data: takes over what is held; orders that stand at the exchange are of nobody here', async () => {
      await burnFirst();
      process.stderr.write(`without any data: ready after ${Math.round(await second.up(MACHINE_WITHOUT_TRADER))} ms\n`);
      await stillAndEqual(second);
      const { orders } = await second.engineAccount();
      expect(new Set(orders.map(({ owner }) => owner))).toEqual(new Set(['EXTERNAL']));
      await second.control('trading-engine', 'cancel-all');
      const { openOrders } = await exchange.venue.account();
      expect(openOrders).toHaveLength(orders.length);

      for (const { symbol, orderId } of openOrders) await exchange.venue.control('DELETE', 'orders', { symbol, orderId, account: 'demo' });
      await tradesAgain(second);
      await stillAndEqual(second);
    });

    it('beside the first one, which was only cut off and comes back: both say so, and both have the books of the exchange', async () => {
      const heal = first.cutOff();
      await second.up();
      await second.trading(5);
      heal();
      for (const machine of [first, second])
        await until('it says that another engine trades', () => machine.logFile('trading-engine').includes('"code":"ENG_OTHER_ENGINE"'), {
          withinMs: 120_000,
          everyMs: 1_000,
          describe: () => machine.logs('trading-engine'),
        });
      for (const machine of [first, second]) await machine.control('trader', 'pause');
      for (const machine of [first, second]) await stillAndEqual(machine);
    });
  });
