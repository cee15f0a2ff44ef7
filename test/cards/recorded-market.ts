/** What one market adapter said while a card watched it. */
import type { InstrumentId } from '@fillwright/domain';
import type { MarketAdapter } from '@fillwright/venue';
import type { MarketWatch } from '@fillwright/venue/cards';

/** Of each kind; the oldest go. */
const KEPT = 2_000;

export class RecordedMarket implements MarketWatch {
  readonly instrument: InstrumentId;
  readonly tickers: MarketWatch['tickers'][number][] = [];
  readonly depths: MarketWatch['depths'][number][] = [];
  readonly trades: MarketWatch['trades'][number][] = [];
  readonly marks: MarketWatch['marks'][number][] = [];
  readonly links: MarketWatch['links'][number][] = [];
  readonly #adapter: MarketAdapter;

  static start(adapter: MarketAdapter, symbol: string, instrument: InstrumentId, depthLevels: number): RecordedMarket {
    const market = new RecordedMarket(adapter, instrument);
    const into =
      <T>(list: T[]) =>
      (one: T): void => {
        list.push(one);
        if (list.length > KEPT) list.shift();
      };
    const { tickers, depths, trades, marks, links } = market;
    const events = { onTicker: into(tickers), onDepth: into(depths), onTrade: into(trades), onMark: into(marks), onLink: into(links) };
    adapter.start([symbol], { depthLevels }, events);
    return market;
  }

  private constructor(adapter: MarketAdapter, instrument: InstrumentId) {
    this.#adapter = adapter;
    this.instrument = instrument;
  }

  close(): Promise<void> {
    return this.#adapter.close();
  }
}
