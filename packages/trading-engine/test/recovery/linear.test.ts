/** Counts operations, not time: a second loop inside a first one shows on any machine. */
import { describe, expect, it } from '@jest/globals';
import { ReconcileAccount } from '../../bench/_reconcile-account.ts';
import { operationsOf } from '../_operations.ts';

const SMALL = 500;
const LARGE = 2_000;
/** Four times as many orders may cost so much more; a loop over all orders for each of them would cost up to sixteen times as much. */
const ALLOWED = 4.4;

describe('reconciliation of many orders', () => {
  it('costs a recovery in proportion to their number', async () => {
    const small = await operationsOf(() => new ReconcileAccount(SMALL, true).recover());
    const large = await operationsOf(() => new ReconcileAccount(LARGE, true).recover());

    expect(small).toBeGreaterThan(SMALL);
    expect(large / small).toBeLessThan(ALLOWED);
  }, 60_000);

  it('costs a full pass in proportion to their number', async () => {
    const [few, many] = [new ReconcileAccount(SMALL), new ReconcileAccount(LARGE)];
    await few.recover();
    await many.recover();
    const small = await operationsOf(() => few.fullPass());
    const large = await operationsOf(() => many.fullPass());

    expect(small).toBeGreaterThan(SMALL);
    expect(large / small).toBeLessThan(ALLOWED);
  }, 60_000);

  it('settles all of them', async () => {
    const account = new ReconcileAccount(SMALL);
    await account.recover();

    expect(account.world.broken).toEqual([]);
    // One in ten was cancelled and one filled; one in ten more is of others. Those that never came there stay in doubt.
    expect(account.world.book.liveCount).toBe(SMALL - SMALL / 5 + SMALL / 10);
    expect(account.world.book.unknownCount).toBe(SMALL / 100);
    expect(await account.fullPass()).toBe('agrees');
  });
});
