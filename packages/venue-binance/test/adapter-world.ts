/** An execution adapter over the fakes, with the answers that every test needs. */
import type { Fill, OrderTerms } from '@fillwright/domain';
import { decimal, parseClientOrderId, parseInstrumentId } from '@fillwright/domain';
import { Secret } from '@fillwright/runtime/ports';
import type { ExecutionAdapter, RateUsage } from '@fillwright/venue';
import { createBinanceFuturesExecution, type FuturesExecutionOptions } from '../src/mod.ts';
import { FakeConnector, FakeHttp, quietLog } from './fake-venue.ts';
import { EXCHANGE_INFO } from './payloads.ts';
import { fixedRandom, VirtualClock } from './virtual-clock.ts';

export interface World {
  readonly adapter: ExecutionAdapter;
  readonly http: FakeHttp;
  readonly connector: FakeConnector;
  readonly clock: VirtualClock;
  readonly usage: RateUsage[];
  readonly bans: (readonly [untilTs: number, text: string])[];
  readonly skipped: string[];
  readonly logged: readonly string[];
}

export const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');
export const ID = parseClientOrderId('q1tkr3x01a');
export const ALGO_ID = parseClientOrderId('q1tkr3x01b');

export const LIMIT_BUY: OrderTerms = {
  instrument: BTC,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  qty: decimal('0.010'),
  price: decimal('92000'),
  reduceOnly: false,
  closePosition: false,
};

export const STOP_SELL: OrderTerms = {
  instrument: BTC,
  side: 'sell',
  type: 'stop-market',
  timeInForce: 'GTC',
  qty: decimal('0.010'),
  trigger: { price: decimal('90000'), working: 'mark' },
  reduceOnly: true,
  closePosition: false,
};

export function createWorld(overrides: Partial<FuturesExecutionOptions> = {}): World {
  const http = new FakeHttp();
  const connector = new FakeConnector();
  const clock = new VirtualClock();
  const log = quietLog();
  const usage: RateUsage[] = [];
  const bans: [number, string][] = [];
  const skipped: string[] = [];
  http.auto = (what) => basicAnswers(what, clock);
  const adapter = createBinanceFuturesExecution(
    { clock, random: fixedRandom, http, webSocket: connector, log },
    {
      baseUrl: 'http://venue.test',
      wsPrivateUrl: 'ws://venue.test/private',
      apiKey: new Secret('key'),
      apiSecret: new Secret('secret'),
      observer: {
        onRateUsage: (one) => usage.push(one),
        onBan: (untilTs, text) => bans.push([untilTs, text]),
        onSkippedEvent: (event) => skipped.push(event),
      },
      ...overrides,
    },
  );
  return { adapter, http, connector, clock, usage, bans, skipped, logged: log.events };
}

export function basicAnswers(what: string, clock: VirtualClock): readonly [number, unknown] | undefined {
  switch (what) {
    case 'GET /fapi/v1/time':
      return [200, { serverTime: Math.floor(clock.wallUs() / 1000) + 40 }];
    case 'GET /fapi/v1/exchangeInfo':
      return [200, EXCHANGE_INFO];
    case 'GET /fapi/v1/positionSide/dual':
      return [200, { dualSidePosition: false }];
    case 'POST /fapi/v1/listenKey':
      return [200, { listenKey: 'listen-key-1' }];
    default:
      return undefined;
  }
}

export function fillTexts(fill: Fill | undefined): Readonly<Record<string, string>> | undefined {
  if (fill === undefined) return undefined;
  return {
    tradeId: fill.tradeId,
    qty: fill.qty.toString(),
    price: fill.price.toString(),
    fee: fill.fee.toString(),
    feeAsset: fill.feeAsset,
  };
}
