/**
 * Assets that may be margin, and what they are worth in dollars: the index price, less a buffer when the venue would have to sell it, plus
 * one when it would have to buy it. In multi-assets mode a positive balance counts at the bid rate, a negative one at the ask rate.
 */
import { divideRounded, UNITS_PER_ONE, type Units, unitsOf } from '../numbers/units.ts';
import type { Market } from './market.ts';

export interface AssetOptions {
  readonly asset: string;
  /** Price in dollars; where there is a market of it against USDT, that market's index price counts instead. */
  readonly index: string;
  /** Share by which it is worth less as collateral (the haircut), and by which a debt in it is worth more. */
  readonly bidBuffer: string;
  readonly askBuffer: string;
  /** The same, for what the venue exchanges by itself. */
  readonly autoExchangeBidBuffer: string;
  readonly autoExchangeAskBuffer: string;
}

/** A debt of this many dollars in one asset makes the venue exchange others into it. */
export const AUTO_EXCHANGE_AT = unitsOf('-10000');

/** The asset that most contracts settle in. */
export const MAIN_ASSET = 'USDT';

export class MarginAsset {
  readonly name: string;
  readonly options: AssetOptions;
  readonly #venue: MarginAssets;
  readonly #opening: Units;
  readonly #shares: { readonly bid: Units; readonly ask: Units; readonly autoBid: Units; readonly autoAsk: Units };

  constructor(options: AssetOptions, venue: MarginAssets) {
    this.name = options.asset;
    this.options = options;
    this.#venue = venue;
    this.#opening = unitsOf(options.index);
    this.#shares = {
      bid: UNITS_PER_ONE - unitsOf(options.bidBuffer),
      ask: UNITS_PER_ONE + unitsOf(options.askBuffer),
      autoBid: UNITS_PER_ONE - unitsOf(options.autoExchangeBidBuffer),
      autoAsk: UNITS_PER_ONE + unitsOf(options.autoExchangeAskBuffer),
    };
  }

  /** In dollars. */
  get index(): Units {
    return this.#venue.indexOf(this.name) ?? this.#opening;
  }

  get bidRate(): Units {
    return this.#rate(this.#shares.bid);
  }

  get askRate(): Units {
    return this.#rate(this.#shares.ask);
  }

  get autoExchangeBidRate(): Units {
    return this.#rate(this.#shares.autoBid);
  }

  get autoExchangeAskRate(): Units {
    return this.#rate(this.#shares.autoAsk);
  }

  #rate(share: Units): Units {
    return divideRounded(this.index * share, UNITS_PER_ONE);
  }

  /** What an amount counts as margin, in dollars: a debt at the ask rate. */
  worth(amount: Units): Units {
    return divideRounded(amount * this.rateFor(amount), UNITS_PER_ONE);
  }

  rateFor(amount: Units): Units {
    return amount < 0n ? this.askRate : this.bidRate;
  }

  /** What must be held in dollars for a requirement of this amount. */
  needed(amount: Units): Units {
    return divideRounded(amount * this.askRate, UNITS_PER_ONE);
  }
}

export class MarginAssets {
  /** Index prices that were set by hand; they follow their market no more. */
  readonly pinned = new Map<string, Units>();
  readonly #assets = new Map<string, MarginAsset>();
  readonly #market: (symbol: string) => Market | undefined;

  constructor(options: readonly AssetOptions[], market: (symbol: string) => Market | undefined) {
    this.#market = market;
    for (const one of options) this.#assets.set(one.asset, new MarginAsset(one, this));
  }

  of(name: string): MarginAsset | undefined {
    return this.#assets.get(name);
  }

  all(): IterableIterator<MarginAsset> {
    return this.#assets.values();
  }

  /** Pinned, or of its market against the main asset; `undefined` where there is neither. */
  indexOf(name: string): Units | undefined {
    const pinned = this.pinned.get(name);
    if (pinned !== undefined) return pinned;
    const market = this.#market(`${name}${MAIN_ASSET}`);
    if (market === undefined) return undefined;
    return divideRounded(market.index * (this.#assets.get(MAIN_ASSET)?.index ?? UNITS_PER_ONE), UNITS_PER_ONE);
  }
}

/** Plausible values in the shape of the real ones: little off the dollar coins, a haircut on the others. */
export const DEFAULT_ASSETS: readonly AssetOptions[] = [
  {
    ...{ asset: 'USDT', index: '1', bidBuffer: '0.0001', askBuffer: '0.0001' },
    ...{ autoExchangeBidBuffer: '0.0005', autoExchangeAskBuffer: '0.0005' },
  },
  {
    ...{ asset: 'USDC', index: '1', bidBuffer: '0.0001', askBuffer: '0.0001' },
    ...{ autoExchangeBidBuffer: '0.0005', autoExchangeAskBuffer: '0.0005' },
  },
  {
    ...{ asset: 'BTC', index: '92000', bidBuffer: '0.05', askBuffer: '0.05' },
    ...{ autoExchangeBidBuffer: '0.025', autoExchangeAskBuffer: '0.025' },
  },
  {
    ...{ asset: 'ETH', index: '3100', bidBuffer: '0.05', askBuffer: '0.05' },
    ...{ autoExchangeBidBuffer: '0.025', autoExchangeAskBuffer: '0.025' },
  },
  {
    ...{ asset: 'BNB', index: '900', bidBuffer: '0.05', askBuffer: '0.05' },
    ...{ autoExchangeBidBuffer: '0.025', autoExchangeAskBuffer: '0.025' },
  },
];
