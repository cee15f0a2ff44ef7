/** The file of the market-server. It reads public data only and holds no key. */
import { curveFindings } from '../curve-check.ts';
import { type ConfigOf, configSpec, section } from '../key.ts';
import { endpoints, integer, textList } from '../kinds.ts';
import { plannedEndpoint } from '../port-plan.ts';
import { httpBaseUrl, httpTimeout, ipWeightShare, publicStreams, reconnecting } from './connections.ts';
import { accountId, publicIdentity } from './global.ts';
import { dataFolder, monitoring } from './monitoring.ts';
import { bindPublisher, bindService, curveKeys } from './zmq.ts';

export const marketServerSpec = configSpec({
  process: 'market-server',
  doc: 'Reads the public streams of the exchange and publishes books, trades and mark prices.',
  sections: {
    GLOBAL: section('Who this process is.', { ...publicIdentity('market_server_binance'), ACCOUNT_ID: accountId }),
    ZMQ: section('Where it publishes and answers.', {
      MARKET_PUB_ENDPOINT: bindPublisher(plannedEndpoint('market-server', 'MARKET_PUB_ENDPOINT'), 'market data'),
      SERVICE_ENDPOINT: bindService('market-server'),
      ENGINE_SUB_ENDPOINT: endpoints('connect-subscriber', {
        doc: 'Where the engines of this address publish order events: a ban that one of them was told is obeyed here, and told on. Several are separated by commas.',
        when: 'Together with ORDER_EVENTS_PUB_ENDPOINT of the engine; for each further engine behind the same address.',
        default: plannedEndpoint('trading-engine', 'ORDER_EVENTS_PUB_ENDPOINT'),
        mayBeAbsent: true,
      }),
      ...curveKeys,
    }),
    MARKET: section('What it follows.', {
      SYMBOLS: textList({
        doc: "The exchange's symbols to follow, separated by commas.",
        when: 'To trade or watch others.',
        default: 'BTCUSDT,ETHUSDT,SOLUSDT',
        pattern: /^[^\s,a-z]{1,40}$/u,
        expected: 'symbols in capitals, separated by commas',
      }),
      DEPTH_LEVELS: integer({
        doc: 'Price levels a side that are published.',
        when: 'More for strategies that look deep into the book; each level costs bytes in every message.',
        default: '20',
        min: 1,
        max: 1_000,
      }),
    }),
    HTTP_API: section('Requests to the exchange.', {
      HTTP_BASE_URL: httpBaseUrl,
      HTTP_TIMEOUT_MS: httpTimeout,
      IP_WEIGHT_SHARE: ipWeightShare,
    }),
    WEBSOCKET: section('The public streams.', {
      ...publicStreams,
      ...reconnecting,
    }),
    MONITORING: section('How it is observed.', monitoring('market-server')),
    JOURNAL: section('What it keeps: its epoch.', { JOURNAL_DIR: dataFolder }),
  },
  check: ({ ZMQ }) => curveFindings(ZMQ),
});

export type MarketServerConfig = ConfigOf<typeof marketServerSpec>;
