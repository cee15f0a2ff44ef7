/** The file of the trading-engine: every documented key, and ours. */
import { curveFindings } from '../curve-check.ts';
import { type ConfigOf, configSpec, type Finding, section } from '../key.ts';
import { boolean, endpoints, integer, later, milliseconds, oneOf, optional, textList, url } from '../kinds.ts';
import { plannedEndpoint } from '../port-plan.ts';
import { venueFindings } from '../venue-host.ts';
import { httpBaseUrl, httpTimeout, ipWeightShare, reconnecting } from './connections.ts';
import { orderManagement, performance, riskManagement } from './engine-orders.ts';
import { accountId, apiKey, apiSecret, publicIdentity, testnetMode } from './global.ts';
import { journal, monitoring } from './monitoring.ts';
import { deadManFindings, watches } from './watches.ts';
import { bindPublisher, bindService, connectService, curveKeys, marketData } from './zmq.ts';

const TOOLS_ONLY = 'Until then the engine itself does without it, and only `zmq-test` asks there.';

const zmq = {
  ORDER_EVENTS_PUB_ENDPOINT: bindPublisher(plannedEndpoint('trading-engine', 'ORDER_EVENTS_PUB_ENDPOINT'), 'order events for traders'),
  TRADE_EVENTS_PUB_ENDPOINT: bindPublisher(plannedEndpoint('trading-engine', 'TRADE_EVENTS_PUB_ENDPOINT'), 'trade and account events'),
  ORDER_STATUS_PUB_ENDPOINT: bindPublisher(plannedEndpoint('trading-engine', 'ORDER_STATUS_PUB_ENDPOINT'), 'order status'),
  TRADER_SUB_ENDPOINT: endpoints('connect-subscriber', {
    doc: 'Where traders publish their orders; several are separated by commas. An order of a trader that is not listed is never seen.',
    when: 'For each further trader (7013, 7023, …).',
    default: plannedEndpoint('trader', 'TRADER_PUB_ENDPOINT'),
  }),
  POSITION_SERVER_SUB_ENDPOINT: endpoints('connect-subscriber', {
    doc: "Where the position-server publishes its positions for the engine's comparison.",
    when: 'Together with ENGINE_POSITION_PUB_ENDPOINT of the position-server.',
    default: plannedEndpoint('position-server', 'ENGINE_POSITION_PUB_ENDPOINT'),
  }),
  SERVICE_ENDPOINT: bindService('trading-engine'),
  MARKET_SUB_ENDPOINT: marketData,
  MARKET_SERVICE_ENDPOINT: later(connectService('market-server'), TOOLS_ONLY),
  POSITION_SERVICE_ENDPOINT: later(connectService('position-server'), TOOLS_ONLY),
  ENGINE_SERVICE_ENDPOINT: later(optional(connectService('trading-engine')), TOOLS_ONLY),
  ...curveKeys,
};

const httpApi = {
  HTTP_BASE_URL: httpBaseUrl,
  HTTP_TIMEOUT_MS: httpTimeout,
  HTTP_MAX_RETRIES: integer({
    doc: 'How often a *read* that failed is repeated. Orders are not reads.',
    when: 'Rarely.',
    default: '3',
    min: 0,
    max: 20,
    later: 'Reads will then be repeated within the request; now the recovery asks again.',
  }),
  HTTP_RETRY_DELAY_MS: milliseconds({
    doc: 'First delay before such a repetition; it doubles, with jitter.',
    when: 'Rarely.',
    default: '500',
    min: 10,
    max: 60_000,
    later: 'It spaces the repetitions of HTTP_MAX_RETRIES.',
  }),
  API_REQUESTS_PER_SECOND: integer({
    doc: 'Our own ceiling for requests of every kind but cancels, on average; what is above it waits.',
    when: 'Lower when other programs use the same address; higher together with MAX_ORDERS_PER_SECOND.',
    unit: 'requests per second',
    default: '40',
    min: 1,
    max: 1_000,
  }),
  API_REQUESTS_PER_MINUTE: integer({
    doc: "The same over a minute, by the exchange's clock.",
    when: 'Lower when other programs use the same address.',
    unit: 'requests per minute',
    default: '2400',
    min: 1,
    max: 60_000,
  }),
  API_BURST_LIMIT: integer({
    doc: 'Requests that may leave at once before API_REQUESTS_PER_SECOND spaces them.',
    when: 'Rarely.',
    unit: 'requests',
    default: '20',
    min: 1,
    max: 1_000,
  }),
  AUTH_METHOD: oneOf(['HMAC_SHA256', 'RSA', 'ED25519'], {
    doc: 'How requests are signed; API_SECRET is then a shared secret, or a private key in PEM form.',
    when: 'When the key was made with RSA or Ed25519.',
    default: 'HMAC_SHA256',
  }),
  SIGNATURE_TIMESTAMP_TOLERANCE_MS: milliseconds({
    doc: 'Age (recvWindow) beyond which the exchange must refuse a signed request.',
    when: 'Smaller to be sure that a delayed order is not executed late; larger on a slow line.',
    default: '5000',
    min: 100,
    max: 60_000,
  }),
  REFRESH_CREDENTIALS_INTERVAL_MS: milliseconds({
    doc: 'How often the keys are read again from the file that `<EXCHANGE>_API_KEY_FILE` and `<EXCHANGE>_API_SECRET_FILE` name, so that they can be changed without a restart; 0 = only when the exchange refuses them. Keys that stand in this file need a restart.',
    when: 'When keys are rotated while the old ones still work.',
    default: '0',
    min: 0,
    max: 86_400_000,
  }),
  IP_WEIGHT_SHARE: ipWeightShare,
};

/** What the engine cannot work without. */
const NEEDED_CHANNELS = ['order_update', 'account_update', 'balance_update', 'trade_update'];

const webSocket = {
  WS_PRIVATE_URL: url(['wss', 'ws'], {
    doc: 'Address of the private route: order, trade and account events.',
    when: 'Together with HTTP_BASE_URL.',
    default: 'ws://127.0.0.1:5080/private',
  }),
  WS_PRIVATE_BACKUP_URL: optional(
    url(['wss', 'ws'], {
      doc: 'Second address, tried in turn after three failures in a row; empty = the first one only.',
      when: 'When the exchange offers one.',
    }),
  ),
  WS_API_URL: url(['wss', 'ws'], {
    doc: 'Address of the WebSocket API, for orders; used unless ORDER_TRANSPORT is `rest`.',
    when: 'Together with HTTP_BASE_URL.',
    default: 'ws://127.0.0.1:5080/ws-fapi/v1',
  }),
  ...reconnecting,
  WS_MESSAGE_BUFFER_SIZE: integer({
    doc: 'Events that are held while the state is fetched anew; one more and the recovery starts over.',
    when: 'Larger for very busy accounts.',
    unit: 'events',
    default: '10000',
    min: 100,
    max: 1_000_000,
  }),
  WS_PROCESSING_THREADS: integer({
    doc: 'Orders and changes in flight over the WebSocket API (ORDER_TRANSPORT); cancels and questions do not count. With `auto` more of them go over REST, with `ws` they wait. Not threads: events are handled in order, one by one.',
    when: 'Rarely.',
    unit: 'requests',
    default: '8',
    min: 1,
    max: 100,
  }),
  ENABLE_PRIVATE_WEBSOCKET: boolean({
    doc: 'The engine always learns of fills from the private stream: asked for alone they would come seconds late. false is refused for a live venue and warned of elsewhere, and changes nothing.',
    when: 'Never. A loss of the stream is rehearsed with the faults of the simulator.',
    default: 'true',
  }),
  PRIVATE_CHANNELS: textList({
    doc: `Kinds of private events, out of ${NEEDED_CHANNELS.join(', ')}. The engine needs all and takes all.`,
    when: 'Never.',
    default: NEEDED_CHANNELS.join(','),
    pattern: new RegExp(`^(${NEEDED_CHANNELS.join('|')})$`),
    expected: `a comma-separated list of ${NEEDED_CHANNELS.join(', ')}`,
  }),
};

export const engineSpec = configSpec({
  process: 'trading-engine',
  doc: 'Sends orders to the exchange and knows the state of each; the only process that holds an API key.',
  sections: {
    GLOBAL: section('Who this process is and on whose account it trades.', {
      ...publicIdentity('trading_engine_binance'),
      ACCOUNT_ID: accountId,
      API_KEY: apiKey,
      API_SECRET: apiSecret,
      TESTNET_MODE: testnetMode,
    }),
    ZMQ: section('Where it publishes, answers and listens.', zmq),
    ORDER_MANAGEMENT: section('How orders are held, sent and asked for.', orderManagement),
    HTTP_API: section('Requests to the exchange.', httpApi),
    WEBSOCKET: section('The private stream.', webSocket),
    RISK_MANAGEMENT: section('Limits that no strategy can pass, and what happens when somebody falls silent.', {
      ...riskManagement,
      ...watches,
    }),
    PERFORMANCE: section('How much of the machine it may take.', performance),
    MONITORING: section('How it is observed.', monitoring('trading-engine')),
    JOURNAL: section('What it keeps.', journal),
  },
  check: ({ GLOBAL, ZMQ, HTTP_API, WEBSOCKET, RISK_MANAGEMENT }) => [
    ...curveFindings(ZMQ),
    ...venueFindings({
      testnetMode: GLOBAL.TESTNET_MODE,
      urls: [
        { section: 'HTTP_API', key: 'HTTP_BASE_URL', url: HTTP_API.HTTP_BASE_URL },
        { section: 'WEBSOCKET', key: 'WS_PRIVATE_URL', url: WEBSOCKET.WS_PRIVATE_URL },
        { section: 'WEBSOCKET', key: 'WS_PRIVATE_BACKUP_URL', url: WEBSOCKET.WS_PRIVATE_BACKUP_URL },
        { section: 'WEBSOCKET', key: 'WS_API_URL', url: WEBSOCKET.WS_API_URL },
      ],
      preTradeChecks: RISK_MANAGEMENT.ENABLE_PRE_TRADE_CHECKS,
      privateStream: WEBSOCKET.ENABLE_PRIVATE_WEBSOCKET,
    }),
    ...deadManFindings(RISK_MANAGEMENT),
    ...withoutStream(WEBSOCKET.ENABLE_PRIVATE_WEBSOCKET),
    ...missingChannels(WEBSOCKET.PRIVATE_CHANNELS),
  ],
});

export type EngineConfig = ConfigOf<typeof engineSpec>;

function withoutStream(enabled: boolean | undefined): readonly Finding[] {
  if (enabled !== false) return [];
  const text = 'is false, and the private stream stays on all the same: without it fills would be learned seconds late';
  return [{ severity: 'warning', section: 'WEBSOCKET', key: 'ENABLE_PRIVATE_WEBSOCKET', text }];
}

function missingChannels(channels: readonly string[] | undefined): readonly Finding[] {
  const missing = channels === undefined ? [] : NEEDED_CHANNELS.filter((channel) => !channels.includes(channel));
  if (missing.length === 0) return [];
  const text = `leaves out ${missing.join(', ')}; the engine needs all channels and takes them all the same`;
  return [{ severity: 'warning', section: 'WEBSOCKET', key: 'PRIVATE_CHANNELS', text }];
}
