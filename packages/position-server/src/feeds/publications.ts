/**
 * What the ledger tells others, and when: a position at once when it was traded or funded and a few times a second when its mark moves,
 * to the engine all positions at one journal position. While the ledger catches up it says nothing of the past.
 */
import type { InstrumentId } from '@fillwright/domain';
import type { BalanceView, MessageInput, MessageType } from '@fillwright/messages';
import { type Clock, Conflator } from '@fillwright/runtime';
import type { Ledger } from '../ledger/ledger.ts';
import type { Marks } from './marks.ts';

/** Four times a second is what a person can read, and a fill does not wait for it. */
const MARK_INTERVAL_MS = 250;
/** The engine compares every journal position it is told; a burst of fills needs only the last. */
const LEDGER_INTERVAL_MS = 10;

export type Stream = 'position' | 'ledger';
export type Publish = <T extends MessageType>(stream: Stream, type: T, data: MessageInput<T>) => void;

export class Publications {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #marks: Marks;
  readonly #publish: Publish;
  readonly #toEngine: Conflator;
  /** As many as were ever traded. */
  readonly #positions = new Map<InstrumentId, Conflator>();
  /** Published with a mark. */
  readonly #marked = new Set<InstrumentId>();
  /** Changed while catching up. */
  readonly #changed = new Set<InstrumentId>();
  readonly #changedAssets = new Set<string>();
  #isLive = false;

  constructor(clock: Clock, ledger: Ledger, marks: Marks, publish: Publish) {
    this.#clock = clock;
    this.#ledger = ledger;
    this.#marks = marks;
    this.#publish = publish;
    this.#toEngine = new Conflator(clock, LEDGER_INTERVAL_MS, () => {
      if (this.#isLive) this.#publish('ledger', 'ledger.positions', this.#ledger.openPositions());
    });
  }

  /** True: the ledger is complete up to the engine's newest event. */
  set live(live: boolean) {
    if (live === this.#isLive) return;
    this.#isLive = live;
    if (!live) return;
    this.#toEngine.now();
    for (const instrument of [...this.#changed].sort()) this.#position(instrument).now();
    for (const balance of this.#ledger.balances()) if (this.#changedAssets.has(balance.asset)) this.#tellBalance(balance);
    this.#changed.clear();
    this.#changedAssets.clear();
  }

  /** An event of the journal was taken in, whatever it changed. */
  applied(): void {
    this.#toEngine.ask();
  }

  /** By a fill, by funding, or because its amounts are understood only now. */
  positionChanged(instrument: InstrumentId): void {
    if (this.#isLive) this.#position(instrument).now();
    else this.#changed.add(instrument);
  }

  balanceChanged(asset: string): void {
    const balance = this.#ledger.balances().find((one) => one.asset === asset);
    if (!this.#isLive) this.#changedAssets.add(asset);
    else if (balance) this.#tellBalance(balance);
  }

  /** A flat position has no open profit that a mark could change. */
  markChanged(instrument: InstrumentId): void {
    if (this.#isLive && !this.#ledger.isFlat(instrument)) this.#position(instrument).ask();
  }

  /** Once a second: the engine hears us also when nothing happens, and nobody goes on seeing a profit by a mark that is gone. */
  tick(): void {
    this.#toEngine.now();
    if (!this.#isLive) return;
    for (const instrument of [...this.#marked].sort()) if (!this.#marks.of(instrument)) this.#position(instrument).now();
  }

  stop(): void {
    this.#isLive = false;
    this.#toEngine.stop();
    for (const conflator of this.#positions.values()) conflator.stop();
  }

  #position(instrument: InstrumentId): Conflator {
    let conflator = this.#positions.get(instrument);
    if (!conflator) {
      conflator = new Conflator(this.#clock, MARK_INTERVAL_MS, () => this.#tellPosition(instrument));
      this.#positions.set(instrument, conflator);
    }
    return conflator;
  }

  #tellPosition(instrument: InstrumentId): void {
    // It was asked for while live; what became of it since will be told when it is live again.
    if (!this.#isLive) {
      this.#changed.add(instrument);
      return;
    }
    const mark = this.#marks.of(instrument);
    if (mark) this.#marked.add(instrument);
    else this.#marked.delete(instrument);
    const position = this.#ledger.position(instrument, mark);
    this.#publish('position', 'position.changed', {
      position,
      books: [...this.#ledger.books(instrument)],
      appliedPos: this.#ledger.appliedPos,
    });
  }

  #tellBalance(balance: BalanceView): void {
    this.#publish('position', 'position.balance', { balance, appliedPos: this.#ledger.appliedPos });
  }
}
