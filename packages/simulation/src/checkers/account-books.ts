/** What one party holds to be true of an account, as plain rows that compare as text: open orders, positions, balances. */
import { decimal, decimalText } from '@fillwright/domain/decimal';

export interface AccountBooks {
  /** Client order id → what is open of it. Absent where a party keeps no orders. */
  readonly orders?: ReadonlyMap<string, string>;
  /** Instrument → signed quantity; without flat ones. */
  readonly positions: ReadonlyMap<string, string>;
  /** Asset → wallet; without empty ones. */
  readonly balances: ReadonlyMap<string, string>;
}

/** A row of `GET /__sim/accounts/<name>`; numbers are texts. */
export interface VenueAccount {
  readonly asset: string;
  readonly walletBalance: string;
  readonly positions: readonly { readonly symbol: string; readonly positionAmt: string }[];
  readonly openOrders: readonly {
    readonly symbol: string;
    readonly clientOrderId: string;
    readonly side: string;
    readonly price: string;
    readonly origQty: string;
    readonly executedQty: string;
  }[];
  /** Conditional orders that have not fired. */
  readonly openAlgoOrders: readonly {
    readonly symbol: string;
    readonly clientAlgoId: string;
    readonly side: string;
    readonly price: string;
    readonly quantity: string;
  }[];
}

/** Views as they travel on the wire. */
export interface AccountViews {
  readonly orders?: readonly {
    readonly clientOrderId: string;
    readonly instrument: string;
    readonly side: string;
    readonly price?: string | undefined;
    readonly qty: string;
    readonly filledQty: string;
    readonly phase: string;
  }[];
  readonly positions: readonly { readonly instrument: string; readonly qty: string }[];
  readonly balances: readonly { readonly asset: string; readonly wallet: string }[];
}

const OPEN_PHASES: readonly string[] = ['new', 'partially-filled'];

export function instrumentOf(symbol: string, exchange: string): string {
  return `${symbol}-PERP.${exchange}`;
}

export function booksOfVenue(account: VenueAccount, exchange: string): AccountBooks {
  const orders = account.openOrders.map((order): [string, string] => {
    const { clientOrderId, symbol, side, price, origQty, executedQty } = order;
    return [clientOrderId, orderText(instrumentOf(symbol, exchange), side === 'BUY' ? 'buy' : 'sell', origQty, price, executedQty)];
  });
  const conditional = account.openAlgoOrders.map((order): [string, string] => {
    const { clientAlgoId, symbol, side, price, quantity } = order;
    return [clientAlgoId, orderText(instrumentOf(symbol, exchange), side === 'BUY' ? 'buy' : 'sell', quantity, price, '0')];
  });
  return {
    orders: new Map([...orders, ...conditional]),
    positions: amounts(account.positions.map(({ symbol, positionAmt }) => [instrumentOf(symbol, exchange), positionAmt])),
    balances: amounts([[account.asset, account.walletBalance]]),
  };
}

/** An order that is not open at the venue stands in the list with its phase, so that it shows as a difference. */
export function booksOfViews({ orders, positions, balances }: AccountViews): AccountBooks {
  const rows = orders?.map((order): [string, string] => {
    const { clientOrderId, instrument, side, qty, price, filledQty, phase } = order;
    const open = orderText(instrument, side, qty, price ?? '0', filledQty);
    return [clientOrderId, OPEN_PHASES.includes(phase) ? open : `${open}, ${phase}`];
  });
  return {
    ...(rows !== undefined && { orders: new Map(rows) }),
    positions: amounts(positions.map(({ instrument, qty }) => [instrument, qty])),
    balances: amounts(balances.map(({ asset, wallet }) => [asset, wallet])),
  };
}

/** Canonical, so that equal amounts are equal texts: `0.0100` and `0.01` are the same size. */
export function plain(text: string): string {
  return decimalText(decimal(text));
}

function orderText(instrument: string, side: string, qty: string, price: string, filled: string): string {
  return `${side} ${plain(qty)} ${instrument} at ${plain(price)}, ${plain(filled)} filled`;
}

function amounts(rows: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map(rows.map(([key, text]): [string, string] => [key, plain(text)]).filter(([, text]) => text !== '0'));
}
