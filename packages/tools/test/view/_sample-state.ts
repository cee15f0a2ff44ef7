/** A desk in the middle of its work, for tests of the view. */
import { parseClientOrderId, parseInstrumentId, parseTradeId, parseVenueOrderId, usTime } from '@fillwright/domain';
import type { FillView, OrderView, PositionView } from '@fillwright/messages';
import type { ProcessRow, ScreenState } from '../../src/view/screen-state.ts';
import type { MarketRow } from '../../src/watch/desk-watch.ts';

export const NOW_US = 1_793_534_400_000_000;
const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

export function process(name: string, change: Partial<ProcessRow> = {}): ProcessRow {
  const row = { name, state: 'ready', pid: 4711, restarts: 0, linkAgeMs: 400, loopLagUs: 850, gaps: 0, reasons: [] } as const;
  return { ...row, ...change };
}

export function market(instrument: string, change: Partial<MarketRow> = {}): MarketRow {
  return {
    ...{ instrument, bid: '91998.4', bidQty: '0.098', ask: '91998.8', askQty: '0.12', mark: '91998.46108788', tick: '0.1' },
    ...{ updatesPerSecond: 41, ageMs: 20 },
    ...change,
  };
}

export function order(id: string, change: Partial<OrderView> = {}): OrderView {
  return {
    ...{ clientOrderId: parseClientOrderId(id), owner: 'q1', strategy: 'TwoSidedQuoter', instrument: BTC, side: 'buy', type: 'limit' },
    ...{ timeInForce: 'GTX', qty: '0.003', price: '91998.3', reduceOnly: false, closePosition: false, state: 'open', phase: 'new' },
    ...{ filledQty: '0', filledQuote: '0', createdTs: usTime(NOW_US - 1_250_000), updatedTs: usTime(NOW_US - 1_200_000) },
    ...change,
  } as OrderView;
}

export function fill(change: Partial<FillView> = {}): FillView {
  return {
    ...{ instrument: BTC, tradeId: parseTradeId('77'), venueOrderId: parseVenueOrderId('812345678901'), owner: 'q1', strategy: 's' },
    ...{ side: 'sell', qty: '0.003', price: '91999.1', liquidity: 'maker', fee: '0.05519946', feeAsset: 'USDT' },
    venueTs: usTime(NOW_US - 3_000_000),
    ...change,
  } as FillView;
}

export function position(change: Partial<PositionView> = {}): PositionView {
  return {
    ...{ instrument: BTC, qty: '0.006', entryPrice: '91990.123456789012', realisedPnl: '1.25', fees: '0.331', funding: '0' },
    ...{ markPrice: '91998.46108788', unrealisedPnl: '0.05', updatedTs: usTime(NOW_US) },
    ...change,
  } as PositionView;
}

export function sampleState(change: Partial<ScreenState> = {}): ScreenState {
  return {
    venue: 'SIMULATOR',
    phase: 'trading',
    uptimeMs: 83_000,
    nowUs: NOW_US,
    processes: [
      process('exchange-simulator', { pid: 4001, linkAgeMs: 210, loopLagUs: undefined, gaps: undefined }),
      process('market-server', { pid: 4002 }),
      process('trading-engine', { pid: 4003, loopLagUs: 1_240 }),
      process('position-server', { pid: 4004, restarts: 1 }),
      process('trader', { pid: 4005 }),
    ],
    desk: {
      markets: [
        market(BTC),
        market(ETH, {
          bid: '3099.97',
          bidQty: '1.885',
          ask: '3099.98',
          askQty: '12.4',
          mark: '3099.9816292',
          tick: '0.01',
          updatesPerSecond: 38,
        }),
        market('SOLUSDT-PERP.BINANCE', { bid: '0', bidQty: '0', ask: '0', askQty: '0', mark: '180', tick: '0.01', updatesPerSecond: 1 }),
      ],
      orders: [
        order('q1tkr3x01a'),
        order('q1tkr3x01b', { side: 'sell', price: '92001.4', phase: 'partially-filled', filledQty: '0.001' }),
        order('q1tkr3x01c', { instrument: ETH, price: '3099.97', qty: '0.081' }),
        order('q1tkr3x01d', { instrument: ETH, side: 'sell', price: '3100.02', qty: '0.081', request: undefined }),
      ],
      fills: [fill(), fill({ instrument: ETH, side: 'buy', qty: '0.081', price: '3099.5', liquidity: 'taker', fee: '0.12552975' })],
      positions: [
        position(),
        position({
          instrument: ETH,
          qty: '-0.081',
          entryPrice: '3099.5',
          unrealisedPnl: '-0.04',
          realisedPnl: '-0.2',
          markPrice: '3099.98',
        }),
      ],
      balances: [{ asset: 'USDT', wallet: '100000.719', updatedTs: usTime(NOW_US) }],
      engine: undefined,
      counts: { accepted: 128, fills: 31, canceled: 80, rejected: 1, denied: 2 },
      links: new Map(),
    },
    roundTripUs: { p50: 1_240, p99: 6_900, n: 120 },
    exchange: { orders: 128, fills: 31 },
    notices: [],
    ...change,
  };
}
