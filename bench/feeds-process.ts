/** Market-server, engine and position-server as far as a trader hears them: a ticker and an order event every millisecond. Ends with its parent. */
import { decimal, parseClientOrderId, usTime } from '@fillwright/domain';
import { EXAMPLES, type MessageInput } from '@fillwright/messages';
import { createSystemClock, createZmqBus, FeedPublisher, Sender, ServiceServer, type SnapshotContent } from '@fillwright/runtime';
import { ANY_PORT } from './desk.ts';

export interface StandInEndpoints {
  readonly market: readonly string[];
  readonly orders: readonly string[];
  readonly positions: readonly string[];
  readonly marketService: string;
  readonly engineService: string;
  readonly positionService: string;
}

const EVERY_MS = 1;
const EPOCH = 1;
const INSTRUMENT = EXAMPLES['market.instrument'];
const TICKER = EXAMPLES['market.ticker'];
const clock = createSystemClock();
const bus = createZmqBus();

async function standIn(src: string, streams: readonly string[], snapshot: (topic: string) => SnapshotContent) {
  const sender = new Sender({ src, exchange: 'BINANCE', account: 'main', epoch: EPOCH }, clock);
  const state = () => ({ state: 'ready', reasons: [] }) as const;
  const socket = await bus.bindPublisher(ANY_PORT);
  const publisher = new FeedPublisher({ socket, clock, sender, channel: 'bench', streams, state });
  const service = await ServiceServer.bind({
    bus,
    endpoint: ANY_PORT,
    clock,
    sender,
    version: '0',
    publishers: [publisher],
    state,
    snapshot,
  });
  publisher.start();
  return { publisher, service };
}

const listed = ['BTCUSDT', 'ETHUSDT'].map((symbol) => ({ ...INSTRUMENT, id: `${symbol}-PERP.BINANCE` as typeof INSTRUMENT.id, symbol }));
const market = await standIn('market_server_binance', ['ticker', 'depth', 'trade', 'mark', 'instrument'], (topic) =>
  topic.startsWith('instrument.') ? { instruments: listed } : { tickers: [TICKER] },
);
const engine = await standIn('trading_engine_binance', ['order', 'answer', 'engine'], () => ({ orders: [], balances: [], pos: 0 }));
const positions = await standIn('position_server_binance', ['position'], () => ({ positions: [], balances: [], appliedPos: 0 }));

let count = 0;
/** One order after the other: accepted, then cancelled. */
function orderEvent(): MessageInput<'order.event'> {
  const isOpen = count % 2 === 0;
  const clientOrderId = parseClientOrderId(`q1b${(count >> 1).toString(36)}`);
  const updatedTs = usTime(clock.wallUs());
  const {
    filledQty: _qty,
    filledQuote: _quote,
    averagePrice: _average,
    state: _state,
    phase: _phase,
    ...common
  } = EXAMPLES['order.event'].order;
  const fills = { filledQty: '0', filledQuote: '0' } as const;
  const order = isOpen
    ? ({ ...common, ...fills, clientOrderId, updatedTs, state: 'open', phase: 'new' } as const)
    : ({ ...common, ...fills, clientOrderId, updatedTs, state: 'closed', phase: 'canceled' } as const);
  return { change: isOpen ? 'accepted' : 'canceled', order };
}

function tell(): void {
  count += 1;
  const bid = decimal('97431.1')
    .plus((count % 100) / 10)
    .toFixed();
  market.publisher.publish('ticker.BINANCE.main.BTCUSDT-PERP.', 'market.ticker', { ...TICKER, bid, receivedTs: clock.wallUs() });
  setTimeout(() => engine.publisher.publish('order.BINANCE.main.', 'order.event', orderEvent(), { pos: count }), EVERY_MS);
  setTimeout(tell, EVERY_MS * 2);
}

tell();
process.on('disconnect', () => process.exit(0));
const endpoints: StandInEndpoints = {
  market: [market.publisher.endpoint],
  orders: [engine.publisher.endpoint],
  positions: [positions.publisher.endpoint],
  marketService: market.service.endpoint,
  engineService: engine.service.endpoint,
  positionService: positions.service.endpoint,
};
process.send?.(endpoints);
