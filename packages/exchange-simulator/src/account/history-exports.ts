/** Histories that clients asked for as a file. Bounded; the oldest requests are forgotten. */
import type { Account } from './account.ts';

export type ExportKind = 'income' | 'order' | 'trade';

export interface HistoryExport {
  readonly id: string;
  readonly kind: ExportKind;
  readonly account: Account;
  readonly fromMs: number;
  readonly tillMs: number;
  readonly askedMs: number;
}

const KEPT = 200;

export class HistoryExports {
  readonly asked: HistoryExport[] = [];
  count = 0;

  ask(init: Omit<HistoryExport, 'id'>): HistoryExport {
    this.count += 1;
    const made = { ...init, id: String(545_923_594_199_212_032n + BigInt(this.count)) };
    this.asked.push(made);
    if (this.asked.length > KEPT) this.asked.shift();
    return made;
  }

  find(account: Account, kind: ExportKind, id: string): HistoryExport | undefined {
    return this.asked.find((one) => one.account === account && one.kind === kind && one.id === id);
  }
}
