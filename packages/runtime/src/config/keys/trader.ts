/** The file of a trader: one strategy in its own process. */
import { curveFindings } from '../curve-check.ts';
import { type ConfigOf, configSpec, freeKeys, section } from '../key.ts';
import { milliseconds, text, textList } from '../kinds.ts';
import { plannedEndpoint } from '../port-plan.ts';
import { accountIdentity } from './global.ts';
import { dataFolder, monitoring } from './monitoring.ts';
import { bindPublisher, bindService, connectService, connectSubscriber, curveKeys } from './zmq.ts';

const strategy = {
  MODULE: text({
    doc: 'Module that exports the strategy class: a package name, or a path relative to the working directory.',
    when: 'To run your own strategy.',
    default: '@fillwright/strategies',
  }),
  CLASS: text({
    doc: 'Name of the class in that module.',
    when: 'Together with MODULE.',
    default: 'TwoSidedQuoter',
    pattern: /^[A-Za-z_$][\w$]*$/,
    expected: 'the name of a class',
  }),
  INSTRUMENTS: textList({
    doc: 'Instruments that the strategy trades, separated by commas.',
    when: 'To trade others; the market-server must follow them.',
    default: 'BTCUSDT-PERP.BINANCE,ETHUSDT-PERP.BINANCE',
    pattern: /^[^\s.]{1,40}\.[A-Z0-9_]{2,20}$/,
    expected: 'instrument ids such as BTCUSDT-PERP.BINANCE, separated by commas',
  }),
  ORDER_DEADLINE_MS: milliseconds({
    doc: 'Age beyond which an order of ours must not be sent any more; the engine denies it then.',
    when: 'Shorter for strategies that live on fresh prices.',
    default: '2000',
    min: 50,
    max: 600_000,
  }),
  PARAMS: freeKeys('PARAM_', {
    doc: 'Handed to the strategy as text, without the prefix: `PARAM_SPREAD_TICKS=4` is its parameter `SPREAD_TICKS`.',
    when: 'As the strategy documents.',
  }),
};

export const traderSpec = configSpec({
  process: 'trader',
  doc: 'Runs one strategy: hands it the market, its orders and positions, and carries its orders to the engine.',
  sections: {
    GLOBAL: section('Who this trader is.', {
      ...accountIdentity('trader'),
      TRADER_ID: text({
        doc: 'Name of the trader in messages, topics and its data folder.',
        when: 'For each further trader: no two may share it.',
        default: 'trader1',
        pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,30}$/,
        expected: 'a name of letters, digits, _ and -',
      }),
      OWNER_TAG: text({
        doc: 'First characters of its client order ids: who made an order is seen from its id, at the exchange too.',
        when: 'For each further trader: no two may share it, and none may begin with another.',
        default: 'q1',
        pattern: /^[0-9A-Za-z]{2,4}$/,
        expected: 'two to four letters or digits',
      }),
    }),
    ZMQ: section('Where it publishes its orders, answers and listens.', {
      TRADER_PUB_ENDPOINT: bindPublisher(plannedEndpoint('trader', 'TRADER_PUB_ENDPOINT'), 'its orders'),
      SERVICE_ENDPOINT: bindService('trader'),
      MARKET_SUB_ENDPOINT: connectSubscriber(plannedEndpoint('market-server', 'MARKET_PUB_ENDPOINT'), 'market data'),
      ORDER_EVENTS_SUB_ENDPOINT: connectSubscriber(
        plannedEndpoint('trading-engine', 'ORDER_EVENTS_PUB_ENDPOINT'),
        'order events of the engine',
      ),
      POSITION_SUB_ENDPOINT: connectSubscriber(plannedEndpoint('position-server', 'POSITION_PUB_ENDPOINT'), 'positions'),
      MARKET_SERVICE_ENDPOINT: connectService('market-server'),
      ENGINE_SERVICE_ENDPOINT: connectService('trading-engine'),
      POSITION_SERVICE_ENDPOINT: connectService('position-server'),
      ...curveKeys,
    }),
    STRATEGY: section('What it trades and how.', strategy),
    JOURNAL: section('What it keeps.', { JOURNAL_DIR: dataFolder }),
    MONITORING: section('How it is observed.', monitoring('trader')),
  },
  check: ({ ZMQ }) => curveFindings(ZMQ),
});

export type TraderConfig = ConfigOf<typeof traderSpec>;
