/**
 * The books of two sides as comparable lines: open orders, positions, balances. Orders without a proven outcome, and positions that may
 * have been traded without our knowing, are left out on both sides. Pure.
 */
import { hash } from 'node:crypto';
import { decimal, decimalText, type InstrumentId, type Order } from '@fillwright/domain';
import type { LedgerEventMessage } from '@fillwright/messages';
import type { BalanceReport, OrderReport, PositionReport } from '@fillwright/venue';
import type { AccountBook } from '../account/account-book.ts';

/** What a line is about → what one side says of it. */
export type Lines = ReadonlyMap<string, string>;

export interface VenueBooks {
  /** Regular and Algo orders. */
  readonly orders: readonly OrderReport[];
  readonly positions: readonly PositionReport[];
  readonly balances: readonly BalanceReport[];
}

/** What cannot be compared now. */
export interface Doubts {
  /** Client order ids and `venueKey`s of orders without a proven outcome. */
  readonly orders: ReadonlySet<string>;
  readonly instruments: ReadonlySet<InstrumentId>;
  /** How many orders that are. */
  readonly count: number;
}

export interface BookFigures {
  readonly orders: number;
  readonly positions: number;
  readonly balances: number;
  readonly digest: string;
}

type Money = readonly { readonly asset: string; readonly wallet: string }[];

/** `isUnsettled`: trades of this instrument are being looked for. */
export function doubtsOf(book: AccountBook, isUnsettled: (instrument: InstrumentId) => boolean): Doubts {
  const orders = new Set<string>();
  const instruments = new Set<InstrumentId>();
  let count = 0;
  for (const { instrument } of book.positions.all()) if (isUnsettled(instrument)) instruments.add(instrument);
  for (const order of book.liveOrders()) {
    if (!isDoubtful(order)) continue;
    count += 1;
    instruments.add(order.terms.instrument);
    orders.add(order.clientOrderId);
    const key = venueKey(order.terms.instrument, order);
    if (key !== undefined) orders.add(key);
  }
  return { orders, instruments, count };
}

function isDoubtful(order: Order): boolean {
  if (order.state === 'pending') return order.phase === 'sending' || order.phase === 'unknown';
  return order.state === 'open' && order.request !== undefined && order.request.phase !== 'waiting';
}

export function linesOfEngine(book: AccountBook, doubts: Doubts): Lines {
  const lines = new Map<string, string>();
  for (const order of book.liveOrders()) {
    if (order.state !== 'open' || doubts.orders.has(order.clientOrderId)) continue;
    const key = venueKey(order.terms.instrument, order) ?? `${order.terms.instrument} ${order.clientOrderId}`;
    lines.set(`order ${key}`, orderText(order));
  }
  for (const { instrument, qty } of book.positions.all())
    if (!qty.isZero() && !doubts.instruments.has(instrument)) lines.set(`position ${instrument}`, decimalText(qty));
  addMoney(lines, book.balances());
  return lines;
}

export function linesOfVenue({ orders, positions, balances }: VenueBooks, doubts: Doubts): Lines {
  const lines = new Map<string, string>();
  for (const report of orders) {
    if (report.phase !== 'new' && report.phase !== 'partially-filled') continue;
    const key = venueKey(report.terms.instrument, report) ?? `${report.terms.instrument} ${report.clientOrderId}`;
    if (!doubts.orders.has(report.clientOrderId) && !doubts.orders.has(key)) lines.set(`order ${key}`, orderText(report));
  }
  for (const { instrument, qty } of positions)
    if (!qty.isZero() && !doubts.instruments.has(instrument)) lines.set(`position ${instrument}`, decimalText(qty));
  addMoney(
    lines,
    balances.map(({ asset, wallet }) => ({ asset, wallet: decimalText(wallet) })),
  );
  return lines;
}

/** Positions and balances only: the ledger keeps no orders. */
export function linesOfHoldings(book: AccountBook): Lines {
  const lines = new Map<string, string>();
  for (const { instrument, qty } of book.positions.all()) if (!qty.isZero()) lines.set(`position ${instrument}`, decimalText(qty));
  addMoney(lines, book.balances());
  return lines;
}

/** Undefined when this position-server tells no balances. */
export function linesOfLedger({ positions, balances }: LedgerEventMessage): Lines | undefined {
  if (balances === undefined) return undefined;
  const lines = new Map<string, string>();
  for (const { instrument, qty } of positions) if (!decimal(qty).isZero()) lines.set(`position ${instrument}`, decimalText(decimal(qty)));
  addMoney(lines, balances);
  return lines;
}

/** What both sides do not say alike, as text, by what it is about; in a fixed order. */
export function differencesOf(ours: Lines, theirs: Lines, names: readonly [string, string]): Lines {
  const found: [string, string][] = [];
  for (const [about, text] of ours) {
    const other = theirs.get(about);
    if (other !== text) found.push([about, `${about}: ${names[0]} ${text}, ${names[1]} ${other ?? 'nothing'}`]);
  }
  for (const [about, text] of theirs) if (!ours.has(about)) found.push([about, `${about}: ${names[0]} nothing, ${names[1]} ${text}`]);
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function figuresOf(lines: Lines): BookFigures {
  const about = [...lines.keys()].sort();
  const count = (kind: string): number => about.filter((key) => key.startsWith(kind)).length;
  return { orders: count('order '), positions: count('position '), balances: count('balance '), digest: digestOf(lines) };
}

export function digestOf(lines: Lines): string {
  const text = [...lines].map(([about, said]) => `${about} ${said}\n`).sort();
  return hash('sha256', text.join(''), 'hex');
}

/** An Algo order that fired goes by the number of the order it became. */
function venueKey(instrument: InstrumentId, ids: { readonly venueOrderId?: string; readonly algoId?: string }): string | undefined {
  if (ids.venueOrderId !== undefined) return `${instrument} ${ids.venueOrderId}`;
  return ids.algoId === undefined ? undefined : `${instrument} algo ${ids.algoId}`;
}

/** Terms of an order of the Algo service change when it fires; its number says which it is. */
function orderText({ terms, filledQty, venueOrderId }: Pick<Order, 'terms' | 'filledQty'> & { readonly venueOrderId?: string }): string {
  if (venueOrderId === undefined) return terms.side;
  const price = terms.price === undefined ? '' : ` @ ${decimalText(terms.price)}`;
  return `${terms.side} ${decimalText(filledQty)} of ${decimalText(terms.qty)}${price}`;
}

/** Whether a line is about a balance. */
export function isMoney(name: string): boolean {
  return name.startsWith('balance ');
}

function addMoney(lines: Map<string, string>, balances: Money): void {
  for (const { asset, wallet } of balances) {
    const amount = decimal(wallet);
    if (!amount.isZero()) lines.set(`balance ${asset}`, decimalText(amount));
  }
}
