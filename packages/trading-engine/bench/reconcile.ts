/** Our own time for a recovery of the private stream, and for a full pass, with many open orders: it must grow as their number does. */
import { ReconcileAccount } from './_reconcile-account.ts';
import type { BenchRow } from './restart.ts';

const SIZES = [2_500, 5_000, 10_000, 20_000];
const ROUNDS = 5;
/** From the issue: 10 000 orders. */
const BUDGET_US = 2_000_000;
const BUDGET_SIZE = 10_000;

/** About twenty seconds. */
export async function reconcileBench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const recovery: number[] = [];
    const pass: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const account = new ReconcileAccount(size);
      const startMs = performance.now();
      await account.recover();
      const recoveredMs = performance.now();
      await account.fullPass();
      recovery.push((recoveredMs - startMs) * 1000);
      pass.push((performance.now() - recoveredMs) * 1000);
    }
    rows.push(rowOf(`reconcile ${size} orders`, recovery, size === BUDGET_SIZE), rowOf(`full pass over ${size} orders`, pass, false));
  }
  return rows;
}

function rowOf(name: string, us: readonly number[], hasBudget: boolean): BenchRow {
  const sorted = [...us].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  const [p50, worst] = [at(0.5), at(1)];
  const row = { name, n: us.length, p50, p99: worst, p999: worst, unit: 'us' } as const;
  return hasBudget ? { ...row, budget: BUDGET_US, ok: worst <= BUDGET_US } : { ...row, ok: true };
}
