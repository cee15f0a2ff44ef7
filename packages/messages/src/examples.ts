/** One realistic `data` per message type: shown in `docs/wire.md`, encoded by the codec tests, read by foreign decoders. */
import { parseClientOrderId, parseInstrumentId, parseTradeId, parseVenueOrderId, usTime } from '@fillwright/domain';
import type { MessageInput, MessageType } from './catalog.ts';
import type { MessageOf } from './codec.ts';
import { WIRE_VERSION } from './envelope.ts';

const NOW = usTime(1_793_534_400_123_456);
const LATER = usTime(1_793_534_400_187_001);
const DEADLINE = usTime(1_793_534_402_123_456);
const EPOCH = 1_793_530_800;
const PERP = parseInstrumentId('BTCUSDT-PERP.BINANCE');
const ORDER_ID = parseClientOrderId('q1tntl801a');
const VENUE_ORDER_ID = parseVenueOrderId('8389765519993408211');

const order = {
  clientOrderId: ORDER_ID,
  owner: 'q1',
  strategy: 'maker',
  instrument: PERP,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTX',
  qty: '0.250',
  price: '97431.10',
  reduceOnly: false,
  closePosition: false,
  state: 'open',
  phase: 'partially-filled',
  filledQty: '0.100',
  filledQuote: '9743.1100',
  averagePrice: '97431.1',
  venueOrderId: VENUE_ORDER_ID,
  createdTs: NOW,
  updatedTs: LATER,
  venueTs: usTime(1_793_534_400_186_000),
} as const;

const fill = {
  instrument: PERP,
  tradeId: parseTradeId('6214859930'),
  venueOrderId: VENUE_ORDER_ID,
  clientOrderId: ORDER_ID,
  owner: 'q1',
  strategy: 'maker',
  side: 'buy',
  qty: '0.100',
  price: '97431.10',
  liquidity: 'maker',
  fee: '1.94862200',
  feeAsset: 'USDT',
  venueTs: usTime(1_793_534_400_186_000),
} as const;

const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const reconciliation = {
  why: 'regular',
  startedTs: NOW,
  endedTs: LATER,
  verdict: 'agrees',
  pos: 90_214,
  looks: 1,
  engine: { orders: 1, positions: 1, balances: 1, digest: DIGEST },
  venue: { orders: 1, positions: 1, balances: 1, digest: DIGEST },
  inDoubt: 0,
  differences: 0,
  ledger: { pos: 90_211, agrees: true, engineDigest: DIGEST, ledgerDigest: DIGEST },
} as const;

const position = {
  instrument: PERP,
  qty: '0.350',
  entryPrice: '97300.456789012345',
  realisedPnl: '-12.5',
  fees: '3.1',
  funding: '0.42',
  markPrice: '97429.90',
  unrealisedPnl: '45.30512384567925',
  updatedTs: LATER,
} as const;

const book = {
  owner: 'q1',
  strategy: 'maker',
  instrument: PERP,
  qty: '0.350',
  entryPrice: '97300.456789012345',
  realisedPnl: '-12.5',
  fees: '3.1',
} as const;

const balance = { asset: 'USDT', wallet: '10250.75', updatedTs: LATER } as const;
const stamp = { instrument: PERP, venueTs: usTime(1_793_534_400_186_000), receivedTs: LATER } as const;
const ticker = { ...stamp, bid: '97431.10', bidQty: '4.213', ask: '97431.20', askQty: '1.002' } as const;
const mark = {
  ...stamp,
  mark: '97429.90',
  index: '97440.15',
  fundingRate: '-0.00003125',
  nextFundingTs: usTime(1_793_548_800_000_000),
} as const;

const instrument = {
  id: PERP,
  symbol: 'BTCUSDT',
  kind: 'linear-perpetual',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  settleAsset: 'USDT',
  trading: true,
  tickSize: '0.10',
  minPrice: '556.80',
  maxPrice: '4529764',
  lotSize: '0.001',
  minQty: '0.001',
  maxQty: '1000',
  marketLotSize: '0.001',
  marketMinQty: '0.001',
  marketMaxQty: '120',
  minNotional: '100',
  maxOpenOrders: 200,
  priceBandUp: '1.05',
  priceBandDown: '0.95',
  pricePrecision: 2,
  qtyPrecision: 3,
} as const;

const replayedTicker = {
  v: WIRE_VERSION,
  type: 'market.ticker',
  src: 'market_server_binance',
  account: 'main',
  epoch: EPOCH,
  topic: 'ticker.BINANCE.main.BTCUSDT-PERP.',
  seq: 4811,
  ts: LATER,
  id: 'tntl80-6001-3pn',
  data: ticker,
} as const;

const header = { owner: 'q1', engineEpoch: EPOCH, deadlineTs: DEADLINE } as const;

export const EXAMPLES = {
  'order.event': { change: 'filled', order, fill, commandId: ORDER_ID },
  'order.status': { order },
  'command.place': {
    ...header,
    clientOrderId: ORDER_ID,
    strategy: 'maker',
    instrument: PERP,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTX',
    qty: '0.250',
    price: '97431.10',
  },
  'command.cancel': { ...header, clientOrderId: ORDER_ID },
  'command.modify': { ...header, clientOrderId: ORDER_ID, price: '97430.00', qty: '0.250' },
  'command.cancel-all': { ...header, instrument: PERP },
  'command.query': { clientOrderId: ORDER_ID },
  'command.answer': { commandId: ORDER_ID, verdict: 'accepted', order: { ...order, state: 'pending', phase: 'waiting' } },
  'account.fill': { fill },
  'account.balance': { asset: 'USDT', wallet: '10250.75', delta: '-0.42', cause: 'funding', venueTs: LATER },
  'account.venue-position': { instrument: PERP, qty: '-0.350', entryPrice: '97300.5', venueTs: LATER },
  'position.changed': { position, books: [book], appliedPos: 90_211 },
  'position.balance': { balance, appliedPos: 90_211 },
  'ledger.positions': {
    appliedPos: 90_211,
    positions: [{ instrument: PERP, qty: '0.350', entryPrice: '97300.456789012345' }],
    balances: [{ asset: 'USDT', wallet: '10231.11800000' }],
  },
  'market.ticker': ticker,
  'market.depth': {
    ...stamp,
    bids: [
      ['97431.10', '4.213'],
      ['97431.00', '0.780'],
    ],
    asks: [
      ['97431.20', '1.002'],
      ['97431.30', '2.500'],
    ],
    updateId: '10084921553219',
  },
  'market.trade': { ...stamp, tradeId: parseTradeId('2918273645'), price: '97431.20', qty: '0.014', aggressor: 'buy' },
  'market.mark': mark,
  'market.instrument': instrument,
  'venue.event': { event: 'ban', untilTs: DEADLINE, text: 'HTTP 418, Retry-After 120' },
  'engine.state': {
    state: 'ready',
    mode: 'normal',
    reasons: [],
    streamUp: true,
    unknownOrders: 0,
    openOrders: 1,
    rates: [{ pool: 'orders-10s', quota: 300, left: 297, resetTs: LATER }],
    lastReconciliation: { startedTs: NOW, endedTs: LATER, complete: true, asked: ['open-orders', 'positions'], applied: 0, dropped: 0 },
  },
  'engine.reconciliation': reconciliation,
  heartbeat: {
    state: 'ready',
    reasons: [],
    loopLagUs: 310,
    lastSeqs: { 'order.BINANCE.main.': 1207, 'answer.BINANCE.main.': 455 },
    lastPos: 90_214,
  },
  marker: { nonce: '6f1d2c-1' },
  'epoch-end': { endedEpoch: EPOCH - 86_400, lastSeq: 88_123 },
  'service.hello': { topic: 'order.BINANCE.main.', nonce: '6f1d2c-1' },
  'service.hello-ok': { topic: 'order.BINANCE.main.', epoch: EPOCH, lastSeq: 1207, lastPos: 90_214 },
  'service.snapshot-request': { topic: 'order.BINANCE.main.' },
  'service.snapshot': { topic: 'order.BINANCE.main.', epoch: EPOCH, seq: 1208, pos: 90_214, orders: [order] },
  'service.replay-request': { topic: 'ticker.BINANCE.main.BTCUSDT-PERP.', fromSeq: 4811, limit: 500 },
  'service.replay': { topic: 'ticker.BINANCE.main.BTCUSDT-PERP.', messages: [replayedTicker], next: 4812, complete: true, tooOld: false },
  'service.acknowledge': { consumer: 'position_server_binance', pos: 90_211 },
  'service.ping': {},
  'service.pong': { state: 'ready', reasons: [], process: 'trading_engine_binance', startedTs: NOW, version: '0.1.0' },
  'service.control': { action: 'cancel-mine', owner: 'q1', who: 'operator@desk', why: 'strategy stopped' },
  'service.reconcile': { who: 'operator@desk', why: 'before the weekend' },
  'service.reconciliation': reconciliation,
  'service.retire-consumer': { consumer: 'old_recorder', who: 'operator@desk', why: 'the recorder was taken down for good' },
  'service.settle-order': {
    clientOrderId: ORDER_ID,
    outcome: 'canceled',
    filledQty: '0.050',
    price: '97431.10',
    venueOrderId: parseVenueOrderId('8886774'),
    who: 'operator@desk',
    why: 'seen in the order history of the exchange',
  },
  'service.query-order': { clientOrderId: ORDER_ID },
  'service.order': { order },
  'service.query-account': {},
  'service.account': {
    pos: 90_214,
    orders: [order],
    positions: [{ instrument: PERP, qty: '0.350', entryPrice: '97300.456789012345' }],
    balances: [balance],
    unknownOrders: 0,
    ordersInFlight: 0,
  },
  'service.ok': { text: 'paused', count: 0 },
  'service.error': { code: 'BUS_UNKNOWN_TOPIC', text: "no publisher of this process carries 'depth.BINANCE.main.BTCUSDT-PERP.'" },
} satisfies { readonly [T in MessageType]: MessageInput<T> };

/** Where an example of each stream would travel. */
const TOPIC_OF_TYPE: Partial<Record<MessageType, string>> = {
  heartbeat: 'hb.BINANCE.main.trading_engine_binance-6002.',
  marker: 'order.BINANCE.main.',
  'epoch-end': 'order.BINANCE.main.',
};

/** A whole envelope around the example of `type`. `stream` is what the catalog says about it. */
export function exampleEnvelope<T extends MessageType>(
  type: T,
  stream: string,
): Omit<MessageOf<T>, 'data'> & { readonly data: MessageInput<T> } {
  const isMarket = ['ticker', 'depth', 'trade', 'mark'].includes(stream);
  const onService = stream === 'service';
  const topic = TOPIC_OF_TYPE[type] ?? (onService ? '' : `${stream}.BINANCE.main.${isMarket ? 'BTCUSDT-PERP.' : ''}`);
  const isJournaled = ['order.event', 'order.status', 'account.fill', 'account.balance', 'account.venue-position', 'epoch-end'].includes(
    type,
  );
  const isCommand = type === 'command.place';
  return {
    v: WIRE_VERSION,
    type,
    src: stream === 'command' ? 'trader_q1' : isMarket ? 'market_server_binance' : 'trading_engine_binance',
    account: 'main',
    epoch: EPOCH,
    topic,
    seq: onService ? 0 : 1208,
    ...(isJournaled ? { pos: 90_214 } : {}),
    ts: LATER,
    id: isCommand ? ORDER_ID : 'tntl80-3pn',
    data: EXAMPLES[type] as MessageInput<T>,
  };
}
