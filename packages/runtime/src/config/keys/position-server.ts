/** The file of the position-server. */
import { curveFindings } from '../curve-check.ts';
import { type ConfigOf, configSpec, section } from '../key.ts';
import { later } from '../kinds.ts';
import { plannedEndpoint } from '../port-plan.ts';
import { accountIdentity } from './global.ts';
import { dataFolder, monitoring } from './monitoring.ts';
import { bindPublisher, bindService, connectService, connectSubscriber, curveKeys, marketData } from './zmq.ts';

export const positionServerSpec = configSpec({
  process: 'position-server',
  doc: 'Keeps the ledger: positions, average entry, realised and open PnL, balances.',
  sections: {
    GLOBAL: section('Who this process is and whose ledger it keeps.', accountIdentity('position_server_binance')),
    ZMQ: section('Where it publishes, answers and listens.', {
      POSITION_PUB_ENDPOINT: bindPublisher(plannedEndpoint('position-server', 'POSITION_PUB_ENDPOINT'), 'positions for traders'),
      ENGINE_POSITION_PUB_ENDPOINT: bindPublisher(
        plannedEndpoint('position-server', 'ENGINE_POSITION_PUB_ENDPOINT'),
        'positions for the engine',
      ),
      SERVICE_ENDPOINT: bindService('position-server'),
      TRADE_EVENTS_SUB_ENDPOINT: connectSubscriber(
        plannedEndpoint('trading-engine', 'TRADE_EVENTS_PUB_ENDPOINT'),
        'trade and account events of the engine',
      ),
      ORDER_STATUS_SUB_ENDPOINT: later(
        connectSubscriber(plannedEndpoint('trading-engine', 'ORDER_STATUS_PUB_ENDPOINT'), 'order status of the engine'),
        'Until then the ledger needs only trade and account events, and only `zmq-test` listens there.',
      ),
      MARKET_SUB_ENDPOINT: marketData,
      ENGINE_SERVICE_ENDPOINT: connectService('trading-engine'),
      MARKET_SERVICE_ENDPOINT: connectService('market-server'),
      ...curveKeys,
    }),
    LEDGER: section('What it keeps.', { DATA_DIR: dataFolder }),
    MONITORING: section('How it is observed.', monitoring('position-server')),
  },
  check: ({ ZMQ }) => curveFindings(ZMQ),
});

export type PositionServerConfig = ConfigOf<typeof positionServerSpec>;
