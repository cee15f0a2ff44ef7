/** Evidence made by hand: a story of one order, from which a test leaves out, doubles or changes a piece. */
import type { MakeCheck } from '../../src/checkers/check.ts';
import type { Evidence, Journaled, Published, Requested, SeenFill, SeenOrder, VenueLine } from '../../src/checkers/evidence.ts';

export const ORDER: SeenOrder = {
  clientOrderId: 'q1a1',
  owner: 'q1',
  instrument: 'BTCUSDT-PERP.BINANCE',
  side: 'buy',
  qty: '2',
  state: 'pending',
  phase: 'intent',
  filledQty: '0',
};

export const FILL: SeenFill = {
  instrument: 'BTCUSDT-PERP.BINANCE',
  tradeId: '7',
  clientOrderId: 'q1a1',
  side: 'buy',
  qty: '2',
  price: '100',
  fee: '0.04',
};

const ENGINE = { us: 1, process: 'trading-engine', incarnation: 'trading-engine#1' } as const;

export function journaled(pos: number, change: string, order: Partial<SeenOrder> = {}, fill?: SeenFill): Journaled {
  const record = { k: 'order', change: { change, order: { ...ORDER, ...order }, ...(fill && { fill }) } };
  return { ...ENGINE, type: 'journaled', pos, record };
}

export function strayFill(pos: number, fill: SeenFill): Journaled {
  return { ...ENGINE, type: 'journaled', pos, record: { k: 'stray-fill', fill } };
}

export function requested(method: string, params: Readonly<Record<string, string>>): Requested {
  return { ...ENGINE, type: 'requested', method, path: '/fapi/v1/order', params: new Map(Object.entries(params)) };
}

export function published(
  seq: number,
  pos: number | undefined,
  data: Readonly<Record<string, unknown>>,
  changes: Partial<Published> & { readonly epoch?: number; readonly type_?: string } = {},
): Published {
  const topic = 'order.BINANCE.main.';
  const { epoch = 5, type_ = 'order.event', ...seen } = changes;
  const head = { type: type_, src: 'engine', epoch, topic, seq, id: `m${seq}`, data };
  return { ...ENGINE, type: 'published', topic, message: pos === undefined ? head : { ...head, pos }, ...seen };
}

export function venue(line: VenueLine['line']): VenueLine {
  return { us: 1, process: 'exchange', incarnation: 'exchange#1', type: 'venue', line: { account: 'demo', ...line } };
}

export const KILLED: Evidence = { ...ENGINE, type: 'killed' };

export const VENUE_NEW = venue({ type: 'order', event: 'NEW', symbol: 'BTCUSDT', orderId: '50', clientId: 'q1a1' });
export const VENUE_FILL = venue({
  ...{ type: 'fill', symbol: 'BTCUSDT', orderId: '50', clientId: 'q1a1', tradeId: '7', side: 'BUY' },
  ...{ qty: '2.000', price: '100.00', fee: '0.04000000' },
});

export function finalOrder(status: string, executedQty: string, clientOrderId = 'q1a1'): VenueLine {
  return venue({ type: 'final-order', order: { clientOrderId, status, executedQty, origQty: '2' } });
}

/** What a check says of this evidence. */
export function verdict(make: MakeCheck, evidence: readonly Evidence[]): readonly string[] {
  const said: string[] = [];
  const check = make((_us, text) => said.push(text), {
    engine: 'trading-engine',
    exchange: 'BINANCE',
    venueAccount: 'demo',
    maxPosition: '3',
    startWallet: '100',
  });
  for (const piece of evidence) check.see(piece);
  check.end?.(9);
  return said;
}
