/**
 * Closes what the account holds: cancels our own orders, then sends reduce-only market orders, journaled, admitted and sent like any order,
 * under an owner tag of the engine's own. Looks again when those have ended, a few times, for what filled in between.
 */
import {
  checkTerms,
  composeClientOrderId,
  type Decimal,
  type Instrument,
  type InstrumentId,
  minOf,
  type OrderTerms,
  type Position,
  parseOwnerTag,
  type Reason,
  usTime,
} from '@fillwright/domain';
import { ENGINE_TAGS, reduceStrategy } from '../account/owner-tags.ts';
import type { EngineContext, OpeningGate } from '../context.ts';
import { VENUE_BAN } from '../venue-guard.ts';
import type { Dispatcher } from './dispatcher.ts';

export const FLATTEN_STRATEGY = 'flatten';
/** Looks at the positions in one go. */
const ROUNDS = 3;
/** After a round that left something: an empty book needs a moment, as after a halt. */
const PAUSE_US = 500_000;
/** Why nothing may be sent for a while that ends by itself. */
const PASSING: readonly string[] = ['SYNCING', VENUE_BAN];
/** Within it an order must have left. */
const DEADLINE_US = 10_000_000;
/** Orders for one position at most, where one order may not be that large. */
const SLICES = 20;

export interface FlattenParts {
  readonly dispatcher: Dispatcher;
  readonly gate: OpeningGate;
  /** Cancels what is ours. */
  readonly cancelOwn: (commandId: string) => void;
}

export interface Flattened {
  readonly orders: number;
  /** Why some were not sent. */
  readonly denials: readonly string[];
}

export class FlattenDesk {
  readonly #context: EngineContext;
  readonly #parts: FlattenParts;
  readonly #sent = new Set<string>();
  #counter = 0;
  #rounds = 0;
  #roundUs = 0;
  #isPatient = false;

  constructor(context: EngineContext, parts: FlattenParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Under way: from the request until its orders have ended and nothing is held, or it was looked at often enough. */
  get isActive(): boolean {
    return this.#rounds > 0 || this.#sent.size > 0;
  }

  /** The tag of its orders. */
  get tag(): string {
    const { book, options } = this.#context;
    const isFree = (tag: string) =>
      (book.ownerOf(tag) ?? options.processName) === options.processName && book.overlappingTag(tag) === undefined;
    return ENGINE_TAGS.find(isFree) ?? ENGINE_TAGS[0];
  }

  /** Patient: while the account is being looked at anew or the venue wants to hear nothing, it waits; whoever stops bounds that. */
  begin({ isPatient = false } = {}): Flattened {
    const { book, epoch } = this.#context;
    this.#isPatient = isPatient;
    this.#parts.cancelOwn(`flat${epoch.toString(36)}-${book.lastPos}`);
    this.#rounds = ROUNDS;
    return this.#round();
  }

  /** After changes of orders and each second: goes on when what was sent has ended. */
  look(): void {
    if (!this.isActive) return;
    for (const id of this.#sent) {
      if (this.#context.book.order(id)?.state === 'closed') this.#sent.delete(id);
    }
    if (this.#sent.size > 0 || this.#rounds === 0) return;
    const isTooSoon = this.#context.clock.monotonicUs() - this.#roundUs < PAUSE_US;
    if (!isTooSoon || this.#held().length === 0) this.#round();
  }

  /** Closes what this owner's fills built up, as far as the account holds it; once. Its orders are for the caller to cancel. */
  reduce(owner: string): Flattened {
    const { book } = this.#context;
    const left = book.holdings.of(owner).flatMap(({ instrument, qty }) => {
      const account = book.positions.qty(instrument);
      if (account.isZero() || account.isNegative() !== qty.isNegative()) return [];
      return [{ instrument, qty: account.abs().lt(qty.abs()) ? account : qty }];
    });
    const { sent, denials } = this.#close(left, reduceStrategy(owner));
    return { orders: sent.length, denials };
  }

  /** Something that `reduce` sent for this owner has not ended yet. */
  isReducing(owner: string): boolean {
    const strategy = reduceStrategy(owner);
    return this.#context.book.liveOrders().some((order) => order.strategy === strategy && order.owner === this.tag);
  }

  #held(): readonly Position[] {
    return this.#context.book.positions.all().filter(({ qty }) => !qty.isZero());
  }

  #round(): Flattened {
    this.#roundUs = this.#context.clock.monotonicUs();
    const held = this.#held();
    const isClosed = held.some(({ instrument }) => PASSING.includes(this.#parts.gate(instrument, true, this.tag)?.code ?? ''));
    if (this.#isPatient && isClosed) return { orders: 0, denials: [] };
    const { sent, denials } = this.#close(held, FLATTEN_STRATEGY);
    for (const id of sent) this.#sent.add(id);
    this.#rounds = sent.length === 0 ? 0 : this.#rounds - 1;
    return { orders: sent.length, denials };
  }

  #close(
    held: readonly { readonly instrument: InstrumentId; readonly qty: Decimal }[],
    strategy: string,
  ): { readonly sent: readonly string[]; readonly denials: readonly string[] } {
    const sent: string[] = [];
    const denials: string[] = [];
    for (const { instrument, qty } of held) {
      const known = this.#context.instruments.get(instrument);
      let rest = qty.abs();
      for (let slice = 0; slice < SLICES && !rest.isZero(); slice += 1) {
        const part = known && !known.marketMaxQty.isZero() ? minOf(rest, known.marketMaxQty) : rest;
        rest = rest.minus(part);
        const terms = { ...MARKET, instrument, side: qty.isNegative() ? 'buy' : 'sell', qty: part } as const;
        const outcome = this.#send(terms, known, strategy);
        if (typeof outcome === 'string') sent.push(outcome);
        else denials.push(`${instrument}: ${outcome.code}`);
      }
    }
    return { sent, denials };
  }

  /** Its id, or why it was not sent. */
  #send(terms: OrderTerms, instrument: Instrument | undefined, strategy: string): string | Reason {
    const { records, book, epoch, clock, options } = this.#context;
    const { tag } = this;
    if (book.ownerOf(tag) === undefined) records.write({ k: 'owner', ts: records.now(), tag, src: options.processName });
    const id = composeClientOrderId(parseOwnerTag(tag), epoch, ++this.#counter);
    const order = records.order(id, { type: 'initialized', owner: tag, strategy, terms, external: false });
    if (!order) throw new Error(`could not take on ${id}`);
    const denial =
      this.#parts.gate(terms.instrument, true, tag) ??
      (instrument ? checkTerms(instrument, terms) : { code: 'UNKNOWN_INSTRUMENT', text: `${terms.instrument} is not in the list` }) ??
      (this.#parts.dispatcher.submit(order, usTime(clock.wallUs() + DEADLINE_US))
        ? undefined
        : { code: 'QUEUE_FULL', text: 'too many requests are waiting' });
    if (denial) records.order(id, { type: 'denied', reason: denial });
    return denial ?? id;
  }
}

const MARKET = { type: 'market', timeInForce: 'GTC', reduceOnly: true, closePosition: false } as const;
