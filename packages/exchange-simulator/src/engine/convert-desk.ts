/** Exchanges one asset of a client for another on request: a quote at the index prices that holds for some seconds, then the exchange. */
import type { Account } from '../account/account.ts';
import { accountMargin } from '../account/account-margin.ts';
import type { MarginAsset } from '../market/margin-assets.ts';
import { UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import type { Engine } from './engine.ts';

export interface ConvertQuote {
  readonly id: string;
  readonly account: Account;
  readonly from: string;
  readonly to: string;
  readonly fromAmount: Units;
  readonly toAmount: Units;
  readonly tillMs: number;
}

export interface ConvertOrder {
  readonly id: number;
  readonly quote: ConvertQuote;
  readonly timeMs: number;
}

export interface ConvertTerms {
  readonly account: Account;
  readonly from: MarginAsset;
  readonly to: MarginAsset;
  /** Of `from`, or else of `to`. */
  readonly fromAmount: Units | undefined;
  readonly toAmount: Units;
  readonly validMs: number;
}

const QUOTES_KEPT = 1_000;
const ORDERS_KEPT = 1_000;
const FIRST_ORDER = 933_256_278_426_274_426n;

export class ConvertDesk {
  readonly quotes = new Map<string, ConvertQuote>();
  readonly orders: ConvertOrder[] = [];
  taken = 0;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The quote counts only when the account has that much to give. */
  quote(terms: ConvertTerms, id: string): { readonly quote: ConvertQuote; readonly covered: boolean } {
    const { account, from, to, validMs } = terms;
    const fromAmount = terms.fromAmount ?? (terms.toAmount * to.index) / from.index;
    const toAmount = terms.fromAmount === undefined ? terms.toAmount : (fromAmount * from.index) / to.index;
    const quote = { id, account, from: from.name, to: to.name, fromAmount, toAmount, tillMs: this.#engine.nowMs() + validMs };
    const covered = fromAmount > 0n && toAmount > 0n && this.#spare(account, from.name) >= fromAmount;
    if (covered) this.quotes.set(id, quote);
    if (this.quotes.size > QUOTES_KEPT) this.quotes.delete(this.quotes.keys().next().value as string);
    return { quote, covered };
  }

  #spare(account: Account, asset: string): Units {
    return accountMargin(account).assets.find((one) => one.asset === asset)?.withdrawable ?? 0n;
  }

  /** `undefined` when the quote is not there, is over, or is no longer covered. */
  accept(account: Account, id: string): ConvertOrder | undefined {
    const quote = this.quotes.get(id);
    this.quotes.delete(id);
    const timeMs = this.#engine.nowMs();
    if (quote?.account !== account || timeMs > quote.tillMs || this.#spare(account, quote.from) < quote.fromAmount) return undefined;
    const [given, got] = [
      { asset: quote.from, amount: quote.fromAmount },
      { asset: quote.to, amount: quote.toAmount },
    ];
    this.#engine.exchange(account, this.#engine.exchangeDesk, given, got, ['COIN_SWAP_WITHDRAW', 'COIN_SWAP_DEPOSIT']);
    this.#engine.tellAccount(account, 'COIN_SWAP_WITHDRAW', undefined, new Map([[given.asset, -given.amount]]));
    this.#engine.tellAccount(account, 'COIN_SWAP_DEPOSIT', undefined, new Map([[got.asset, got.amount]]));
    const order = { id: this.taken, quote, timeMs };
    this.taken += 1;
    this.orders.push(order);
    if (this.orders.length > ORDERS_KEPT) this.orders.shift();
    return order;
  }
}

/** 18 digits, as there. */
export function convertOrderId(order: ConvertOrder): bigint {
  return FIRST_ORDER + BigInt(order.id);
}

/** How much of `to` one `from` is. */
export function convertRatio(quote: ConvertQuote): { readonly ratio: Units; readonly inverse: Units } {
  const { fromAmount, toAmount } = quote;
  if (fromAmount === 0n || toAmount === 0n) return { ratio: 0n, inverse: 0n };
  return { ratio: (toAmount * UNITS_PER_ONE) / fromAmount, inverse: (fromAmount * UNITS_PER_ONE) / toAmount };
}
