/** What exchange, engine and position-server say about the account, in one shape, to the last unit. */
import { decimal, decimalText } from '@fillwright/domain/decimal';
import type { Questions } from './questions.ts';
import type { Stack } from './stack.ts';
import type { Venue } from './venue.ts';
import { until } from './wait.ts';

export interface Rows {
  /** Client order ids of open orders with what is filled of them. */
  readonly orders: readonly string[];
  readonly positions: readonly string[];
  readonly balances: readonly string[];
}

export interface Accounts {
  readonly exchange: Rows;
  readonly engine: Rows;
  readonly ledger: Omit<Rows, 'orders'>;
  readonly unknownOrders: number;
  readonly ordersInFlight: number;
}

export async function accountsOf(venue: Venue, questions: Pick<Questions, 'engineAccount' | 'ledger'>): Promise<Accounts> {
  const [exchange, engine, ledger] = await Promise.all([venue.account(), questions.engineAccount(), questions.ledger()]);
  return {
    exchange: {
      orders: exchange.openOrders.map(({ clientOrderId, executedQty }) => `${clientOrderId} filled ${plain(executedQty)}`).sort(),
      positions: positionRows(
        exchange.positions.map(({ symbol, positionAmt }) => ({ instrument: `${symbol}-PERP.BINANCE`, qty: positionAmt })),
      ),
      balances: [`${exchange.asset} ${plain(exchange.walletBalance)}`],
    },
    engine: {
      orders: engine.orders.map(({ clientOrderId, filledQty }) => `${clientOrderId} filled ${plain(filledQty)}`).sort(),
      positions: positionRows(engine.positions),
      balances: balanceRows(engine.balances),
    },
    ledger: { positions: positionRows(ledger.positions ?? []), balances: balanceRows(ledger.balances ?? []) },
    unknownOrders: engine.unknownOrders,
    ordersInFlight: engine.ordersInFlight,
  };
}

/** Waits until exchange, engine and position-server tell the same; whoever trades was stopped before. */
export async function untilAgreed(stack: Stack, questions: Questions, withinMs?: number): Promise<void> {
  let found: readonly string[] = [];
  await until(
    'exchange, engine and position-server agree',
    async () => {
      found = differences(await accountsOf(stack.venue, questions));
      return found.length === 0;
    },
    { ...(withinMs !== undefined && { withinMs }), describe: () => `${found.join('\n')}\n${stack.logTail('trading-engine')}` },
  );
}

/** Empty when all three tell the same story and nothing is open-ended; else what differs. */
export function differences({ exchange, engine, ledger, unknownOrders, ordersInFlight }: Accounts): readonly string[] {
  const found = [
    differ('open orders', { exchange: exchange.orders, engine: engine.orders }),
    differ('positions', { exchange: exchange.positions, engine: engine.positions, ledger: ledger.positions }),
    differ('balances', { exchange: exchange.balances, engine: engine.balances, ledger: ledger.balances }),
    unknownOrders > 0 ? `${unknownOrders} orders are unknown` : '',
    ordersInFlight > 0 ? `${ordersInFlight} requests are in flight` : '',
  ];
  return found.filter((text) => text !== '');
}

function differ(what: string, said: Readonly<Record<string, readonly string[]>>): string {
  const texts = Object.entries(said).map(([party, rows]) => [party, rows.join(', ') || 'none'] as const);
  const [first] = texts;
  return texts.every(([, text]) => text === first?.[1]) ? '' : `${what}: ${texts.map(([party, text]) => `${party}: ${text}`).join(' | ')}`;
}

function positionRows(rows: readonly { readonly instrument: string; readonly qty: string }[]): readonly string[] {
  return rows
    .filter(({ qty }) => !decimal(qty).isZero())
    .map(({ instrument, qty }) => `${instrument} ${plain(qty)}`)
    .sort();
}

function balanceRows(rows: readonly { readonly asset: string; readonly wallet: string }[]): readonly string[] {
  return rows
    .filter(({ wallet }) => !decimal(wallet).isZero())
    .map(({ asset, wallet }) => `${asset} ${plain(wallet)}`)
    .sort();
}

function plain(text: string): string {
  return decimalText(decimal(text));
}
