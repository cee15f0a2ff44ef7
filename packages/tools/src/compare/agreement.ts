/** Whether exchange, engine and position-server agree about an account, and every point on which they do not. Pure. */
import { type Decimal, decimal } from '@fillwright/domain/decimal';
import { type Books, compareText, type OrderRow } from './books.ts';

export type Party = 'exchange' | 'engine' | 'positionServer';

export interface Difference {
  readonly about: 'order' | 'position' | 'balance';
  /** Client order id, instrument or asset. */
  readonly key: string;
  readonly field: string;
  /** What each party says; `absent` when it does not know the row. */
  readonly said: Readonly<Partial<Record<Party, string>>>;
}

export interface Compared {
  readonly orders: { readonly exchange: Books['orders']; readonly engine: Books['orders'] };
  readonly positions: Readonly<Record<Party, Books['positions']>>;
  readonly balances: Readonly<Record<Party, Books['balances']>>;
  readonly differences: readonly Difference[];
}

export interface Agreement extends Compared {
  readonly openOrdersAgree: boolean;
  readonly positionsAgree: boolean;
  readonly balancesAgree: boolean;
}

const ABSENT = 'absent';
const ORDER_FIELDS = ['instrument', 'side', 'price', 'qty', 'filled'] as const satisfies readonly (keyof OrderRow)[];

/**
 * Share of the price by which entries may differ: the exchange rounds the cost at each partial close to 10⁻⁸, our ledger never does.
 * Everything else must be equal to the last digit.
 */
const ENTRY_TOLERANCE = decimal('0.000001');

export function compareBooks(parties: Readonly<Record<Party, Books>>): Agreement {
  const { exchange, engine, positionServer } = parties;
  const orders = orderDifferences(exchange, engine);
  const positions = positionDifferences(parties);
  const balances = rowDifferences(
    'balance',
    'wallet',
    mapEach(parties, (books) => new Map(books.balances.map((row) => [row.asset, row.wallet]))),
  );
  return {
    openOrdersAgree: orders.length === 0,
    positionsAgree: positions.length === 0,
    balancesAgree: balances.length === 0,
    orders: { exchange: exchange.orders, engine: engine.orders },
    positions: { exchange: exchange.positions, engine: engine.positions, positionServer: positionServer.positions },
    balances: { exchange: exchange.balances, engine: engine.balances, positionServer: positionServer.balances },
    differences: [...orders, ...positions, ...balances],
  };
}

/** One line for a person: `position BTCUSDT-PERP.BINANCE qty: exchange 0.003, engine 0.002`. */
export function differenceText({ about, key, field, said }: Difference): string {
  const words = Object.entries(said).map(([party, value]) => `${party} ${value}`);
  return `${about} ${key} ${field}: ${words.join(', ')}`;
}

function orderDifferences(exchange: Books, engine: Books): readonly Difference[] {
  const ofExchange = new Map(exchange.orders.map((order) => [order.clientOrderId, order]));
  const ofEngine = new Map(engine.orders.map((order) => [order.clientOrderId, order]));
  return keysOf([ofExchange, ofEngine]).flatMap((key): Difference[] => {
    const there = ofExchange.get(key);
    const here = ofEngine.get(key);
    if (there === undefined || here === undefined) {
      return [{ about: 'order', key, field: 'open', said: { exchange: there ? 'open' : ABSENT, engine: here ? 'open' : ABSENT } }];
    }
    const fields = ORDER_FIELDS.filter((field) => there[field] !== here[field]);
    return fields.map((field) => ({ about: 'order', key, field, said: { exchange: there[field], engine: here[field] } }));
  });
}

function positionDifferences(parties: Readonly<Record<Party, Books>>): readonly Difference[] {
  const quantities = mapEach(parties, (books) => new Map(books.positions.map((row) => [row.instrument, row.qty])));
  const entries = mapEach(parties, (books) => new Map(books.positions.map((row) => [row.instrument, row.entryPrice])));
  const entryDifferences = rowDifferences('position', 'entryPrice', entries).filter(({ said }) => {
    const prices = Object.values(said);
    // A missing row is told by its quantity already.
    return !prices.includes(ABSENT) && !areClose(prices.map((text) => decimal(text)));
  });
  return [...rowDifferences('position', 'qty', quantities), ...entryDifferences];
}

function areClose(prices: readonly Decimal[]): boolean {
  const [first, ...others] = prices;
  return first === undefined || others.every((other) => other.minus(first).abs().lte(first.abs().times(ENTRY_TOLERANCE)));
}

type Column = ReadonlyMap<string, string>;

function rowDifferences(about: Difference['about'], field: string, columns: Readonly<Record<Party, Column>>): readonly Difference[] {
  return keysOf(Object.values(columns)).flatMap((key): Difference[] => {
    const said = mapEach(columns, (column) => column.get(key) ?? ABSENT);
    const same = said.exchange === said.engine && said.engine === said.positionServer;
    return same ? [] : [{ about, key, field, said }];
  });
}

function mapEach<A, B>(parties: Readonly<Record<Party, A>>, of: (value: A) => B): Readonly<Record<Party, B>> {
  return { exchange: of(parties.exchange), engine: of(parties.engine), positionServer: of(parties.positionServer) };
}

function keysOf(columns: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(columns.flatMap((column) => [...column.keys()]))].toSorted(compareText);
}
