/** The market as this trader sees it: the newest ticker and mark per instrument, and what each message means for the strategy. */
import { type Decimal, decimal, type Instrument, type InstrumentId } from '@fillwright/domain';
import { instrumentFromMessage, type Message, type MessageData } from '@fillwright/messages';
import type { Mark, Strategy, Ticker } from './strategy.ts';

export class MarketView {
  readonly #wanted: ReadonlySet<InstrumentId>;
  readonly #instruments = new Map<InstrumentId, Instrument>();
  readonly #tickers = new Map<InstrumentId, Ticker>();
  readonly #marks = new Map<InstrumentId, Mark>();
  /** Newest number per topic and incarnation: an older message never overwrites a newer one. */
  readonly #seqs = new Map<string, { epoch: number; seq: number }>();
  gaps = 0;

  constructor(wanted: readonly InstrumentId[]) {
    this.#wanted = new Set(wanted);
  }

  instrument(id: InstrumentId): Instrument | undefined {
    return this.#instruments.get(id);
  }

  ticker(id: InstrumentId): Ticker | undefined {
    return this.#tickers.get(id);
  }

  mark(id: InstrumentId): Mark | undefined {
    return this.#marks.get(id);
  }

  /** Wanted instruments the market-server does not know. */
  missing(): readonly InstrumentId[] {
    return [...this.#wanted].filter((id) => !this.#instruments.has(id));
  }

  define(instrument: MessageData<'market.instrument'>): void {
    this.#instruments.set(instrument.id, instrumentFromMessage(instrument));
  }

  /** Takes a market message in; `strategy` hears of it when it is about one of its instruments. */
  message(message: Message, strategy: Strategy | undefined): void {
    if (!this.#isNewer(message)) return;
    switch (message.type) {
      case 'market.ticker': {
        const ticker = tickerOf(message.data);
        if (!this.#wanted.has(ticker.instrument)) return;
        this.#tickers.set(ticker.instrument, ticker);
        strategy?.onBook(ticker);
        return;
      }
      case 'market.mark': {
        const mark = markOf(message.data);
        if (!this.#wanted.has(mark.instrument)) return;
        this.#marks.set(mark.instrument, mark);
        strategy?.onMark(mark);
        return;
      }
      case 'market.trade': {
        const { instrument, price, qty, aggressor, venueTs } = message.data;
        if (this.#wanted.has(instrument)) strategy?.onTrade({ instrument, price: decimal(price), qty: decimal(qty), aggressor, venueTs });
        return;
      }
      default:
    }
  }

  #isNewer(message: Message): boolean {
    const seen = this.#seqs.get(message.topic);
    if (!seen || message.epoch > seen.epoch) {
      this.#seqs.set(message.topic, { epoch: message.epoch, seq: message.seq });
      return true;
    }
    if (message.epoch < seen.epoch || message.seq <= seen.seq) return false;
    if (message.seq !== seen.seq + 1) this.gaps += 1;
    seen.seq = message.seq;
    return true;
  }
}

function tickerOf(data: MessageData<'market.ticker'>): Ticker {
  return {
    instrument: data.instrument,
    bid: side(data.bid),
    bidQty: decimal(data.bidQty),
    ask: side(data.ask),
    askQty: decimal(data.askQty),
    venueTs: data.venueTs,
  };
}

function markOf(data: MessageData<'market.mark'>): Mark {
  return {
    instrument: data.instrument,
    mark: decimal(data.mark),
    index: decimal(data.index),
    fundingRate: decimal(data.fundingRate),
    venueTs: data.venueTs,
  };
}

/** On the wire an empty side has price 0. */
function side(price: string): Decimal | undefined {
  const value = decimal(price);
  return value.isZero() ? undefined : value;
}
