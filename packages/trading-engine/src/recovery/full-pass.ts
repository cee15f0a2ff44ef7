/**
 * The full pass: every 5 min, after each recovery and on demand it compares the whole of the engine's books with the venue's, and what the
 * position-server holds at the same journal position. What comes of it is published. A difference that stands is an alarm, allows only
 * orders that reduce, and starts a recovery; it ends when a later pass agrees.
 */
import type { InstrumentId, Reason, UsTime } from '@fillwright/domain';
import type { LedgerEventMessage, ReconciliationMessage } from '@fillwright/messages';
import type { Timer } from '@fillwright/runtime';
import type { Answer, OrderReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import {
  type BookFigures,
  differencesOf,
  digestOf,
  doubtsOf,
  figuresOf,
  isMoney,
  type Lines,
  linesOfEngine,
  linesOfHoldings,
  linesOfLedger,
  linesOfVenue,
  type VenueBooks,
} from './books-compared.ts';

const EVERY_MS = 300_000;
/** Long enough for what a recovery set going to come to rest. */
const AFTER_RECOVERY_MS = 10_000;
/** While a difference stands. */
const AGAIN_MS = 30_000;
const BETWEEN_LOOKS_MS = 1_000;
/** A difference that was the same in so many looks in a row is none of timing. */
const STANDS = 4;
/** Then the account is too busy to be compared as a whole. */
const MAX_LOOKS = 8;
/** The position-server speaks once a second at least. */
const LEDGER_MS = 3_000;
const TEXT = 200;

export interface FullPassParts {
  readonly inSync: () => boolean;
  /** Trades of it are being looked for. */
  readonly isUnsettled: (instrument: InstrumentId) => boolean;
  readonly publish: (message: ReconciliationMessage) => void;
  /** The venue's wallet is another one, for the first time in a pass: perhaps for trades that we do not know. */
  readonly onMoneyMoved: () => void;
  /** The books differ from the venue's. */
  readonly onDifference: (text: string) => void;
}

type OnEnd = (message: ReconciliationMessage) => void;
type LedgerPart = NonNullable<ReconciliationMessage['ledger']>;

interface Pass {
  readonly why: string;
  readonly startedTs: UsTime;
  readonly ends: OnEnd[];
  looks: number;
  /** Differences of the last look, and in how many looks in a row each was the same. */
  standing: ReadonlyMap<string, { readonly text: string; readonly looks: number }>;
  seen: { readonly engine: BookFigures; readonly venue: BookFigures; readonly inDoubt: number; readonly pos: number } | undefined;
  ledger: LedgerPart | undefined;
}

export class FullPass {
  readonly #context: EngineContext;
  readonly #parts: FullPassParts;
  #pass: Pass | undefined;
  #difference: string | undefined;
  #regular: Timer | undefined;
  #soon: Timer | undefined;
  #step: Timer | undefined;
  #stopped = false;

  constructor(context: EngineContext, parts: FullPassParts) {
    this.#context = context;
    this.#parts = parts;
  }

  start(): void {
    this.#regular = this.#context.clock.after(EVERY_MS, () => {
      if (this.#stopped) return;
      this.start();
      this.#context.inputs.run(() => this.run('regular'));
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of [this.#regular, this.#soon, this.#step]) timer?.cancel();
  }

  /** The account is in sync again. */
  recovered(): void {
    this.#runIn(AFTER_RECOVERY_MS, 'after a recovery');
  }

  /** Why only orders that reduce may pass; undefined when the last pass found nothing. */
  doubt(): Reason | undefined {
    return this.#difference === undefined ? undefined : { code: 'BOOKS_DIFFER', text: this.#difference };
  }

  /** Now; who asks while one is under way hears of that one. */
  run(why: string, onEnd?: OnEnd): void {
    if (this.#stopped) return;
    if (this.#pass) {
      if (onEnd) this.#pass.ends.push(onEnd);
      return;
    }
    const pass: Pass = {
      why: why.slice(0, TEXT),
      startedTs: this.#context.records.now(),
      ends: onEnd ? [onEnd] : [],
      looks: 0,
      standing: new Map(),
      seen: undefined,
      ledger: undefined,
    };
    this.#pass = pass;
    this.#look(pass);
  }

  /** All the position-server holds, at one journal position. Compared when we hold what stood there, and a pass wants to know. */
  ledger(message: LedgerEventMessage): void {
    const pass = this.#pass;
    const { book } = this.#context;
    if (!pass || message.appliedPos < book.lastFillPos || message.appliedPos < book.lastBalancePos) return;
    const theirs = linesOfLedger(message);
    if (!theirs) return;
    const ours = linesOfHoldings(book);
    const first = differencesOf(ours, theirs, ['engine', 'position-server']).values().next().value;
    pass.ledger = {
      pos: message.appliedPos,
      agrees: first === undefined,
      engineDigest: digestOf(ours),
      ledgerDigest: digestOf(theirs),
      ...(first !== undefined && { firstDifference: first.slice(0, TEXT) }),
    };
  }

  #look(pass: Pass): void {
    const { adapter, lanes, inputs } = this.#context;
    if (!this.#parts.inSync()) {
      this.#end(pass, 'failed', { code: 'SYNCING', text: 'the private stream is not in sync with the account; a recovery is under way' });
      return;
    }
    pass.looks += 1;
    const questions = () => Promise.all([adapter.openOrders(), adapter.openAlgoOrders(), adapter.positions(), adapter.balances()]);
    const asked = lanes.schedule('query', () =>
      inputs.after(questions(), ([open, algo, positions, balances]) => {
        if (this.#stopped) return;
        const failed = firstFailure([open, algo, positions, balances]);
        if (failed || positions.type === 'failed' || balances.type === 'failed') this.#again(pass, failed);
        else
          this.#compare(pass, { orders: [...reportsIn(open), ...reportsIn(algo)], positions: positions.value, balances: balances.value });
      }),
    );
    if (!asked) this.#again(pass, { code: 'QUEUE_FULL', text: 'too many requests are waiting' });
  }

  #compare(pass: Pass, venue: VenueBooks): void {
    const { book } = this.#context;
    const doubts = doubtsOf(book, this.#parts.isUnsettled);
    const ours = linesOfEngine(book, doubts);
    const theirs = linesOfVenue(venue, doubts);
    pass.seen = { engine: figuresOf(ours), venue: figuresOf(theirs), inDoubt: doubts.count, pos: book.lastPos };
    pass.standing = standing(pass.standing, differencesOf(ours, theirs, ['engine', 'venue']));
    if ([...pass.standing].some(([name, { looks }]) => isMoney(name) && looks === 1)) this.#parts.onMoneyMoved();
    if (pass.standing.size === 0) this.#awaitLedger(pass, 'agrees');
    else if (this.#stands(pass) !== undefined) this.#awaitLedger(pass, 'differs');
    else if (pass.looks >= MAX_LOOKS) this.#awaitLedger(pass, 'moving');
    else this.#after(BETWEEN_LOOKS_MS, () => this.#look(pass));
  }

  #stands({ standing: found }: Pass): string | undefined {
    for (const { text, looks } of found.values()) if (looks >= STANDS) return text;
    return undefined;
  }

  #again(pass: Pass, reason: Reason | undefined): void {
    if (pass.looks >= STANDS) this.#end(pass, 'failed', reason);
    else this.#after(BETWEEN_LOOKS_MS, () => this.#look(pass));
  }

  #awaitLedger(pass: Pass, verdict: 'agrees' | 'differs' | 'moving'): void {
    if (pass.ledger || this.#context.options.endpoints.positionServer.length === 0) this.#end(pass, verdict);
    else this.#after(LEDGER_MS, () => this.#end(pass, verdict));
  }

  #end(pass: Pass, found: ReconciliationMessage['verdict'], reason?: Reason): void {
    const { records, book, log } = this.#context;
    this.#pass = undefined;
    const venueDifference = found === 'differs' ? this.#stands(pass) : undefined;
    const first = venueDifference ?? pass.ledger?.firstDifference;
    const { engine, venue, inDoubt = 0, pos = book.lastPos } = pass.seen ?? {};
    const message: ReconciliationMessage = {
      why: pass.why,
      startedTs: pass.startedTs,
      endedTs: records.now(),
      verdict: found !== 'failed' && pass.ledger?.agrees === false ? 'differs' : found,
      pos,
      looks: pass.looks,
      inDoubt,
      differences: pass.standing.size,
      ...(engine && { engine }),
      ...(venue && { venue }),
      ...(first !== undefined && { firstDifference: first.slice(0, TEXT) }),
      ...(pass.ledger && { ledger: pass.ledger }),
      ...(found === 'failed' && reason && { reason }),
    };
    if (message.verdict === 'differs') this.#differs(first ?? 'the books differ', venueDifference);
    else if (message.verdict === 'agrees' && this.#difference !== undefined) {
      log.info('books-agree-again', { pos });
      this.#difference = undefined;
    }
    if (this.#difference !== undefined) this.#runIn(AGAIN_MS, 'a difference stood');
    log.info('full-pass', { verdict: message.verdict, why: pass.why, looks: pass.looks, differences: message.differences });
    this.#parts.publish(message);
    for (const tell of pass.ends) tell(message);
  }

  #differs(text: string, venueDifference: string | undefined): void {
    const isNew = text !== this.#difference;
    this.#difference = text;
    if (!isNew) return;
    this.#context.log.error('books-differ', { code: 'ENG_BOOKS_DIFFER', difference: text });
    if (venueDifference !== undefined) this.#parts.onDifference(venueDifference);
  }

  #runIn(delayMs: number, why: string): void {
    this.#soon?.cancel();
    if (!this.#stopped) this.#soon = this.#context.clock.after(delayMs, () => this.#context.inputs.run(() => this.run(why)));
  }

  #after(delayMs: number, work: () => void): void {
    if (!this.#stopped) this.#step = this.#context.clock.after(delayMs, () => this.#context.inputs.run(work));
  }
}

function standing(before: Pass['standing'], now: Lines): Pass['standing'] {
  const found = new Map<string, { readonly text: string; readonly looks: number }>();
  for (const [about, text] of now) {
    const known = before.get(about);
    found.set(about, { text, looks: known?.text === text ? known.looks + 1 : 1 });
  }
  return found;
}

function firstFailure(answers: readonly Answer<unknown>[]): Reason | undefined {
  for (const answer of answers) if (answer.type === 'failed') return answer.reason;
  return undefined;
}

function reportsIn(answer: Answer<readonly OrderReport[]>): readonly OrderReport[] {
  return answer.type === 'answered' ? answer.value : [];
}
