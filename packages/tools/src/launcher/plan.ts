/** What `npm start` brings up: five processes with their files, read and checked before any of them is started. */
import { join } from 'node:path';
import { simulatorSpec } from '@fillwright/exchange-simulator/config';
import {
  type Environment,
  engineSpec,
  marketServerSpec,
  type PlannedProcess,
  positionServerSpec,
  readConfigFile,
  traderSpec,
} from '@fillwright/runtime';

export type ProcessName = PlannedProcess;

/** A port that one of the processes is going to bind. */
export interface PlannedBinding {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

export interface PlannedChild {
  readonly name: ProcessName;
  /** PROCESS_NAME: its name on the bus and of its log file. */
  readonly source: string;
  readonly configPath: string;
  /** After the program: entry and arguments. */
  readonly args: readonly string[];
  /** 0: told by the process itself once it is up. */
  readonly statusPort: number;
  readonly bindings: readonly PlannedBinding[];
}

/** Where the launcher listens and asks. */
export interface PlannedEndpoints {
  readonly market: { readonly publishers: readonly string[]; readonly service: string };
  readonly engine: { readonly publishers: readonly string[]; readonly service: string };
  readonly positions: { readonly publishers: readonly string[]; readonly service: string };
  readonly trader: { readonly publishers: readonly string[]; readonly service: string };
}

export interface Plan {
  /** In the order of their start. */
  readonly children: readonly PlannedChild[];
  readonly exchange: string;
  readonly account: string;
  /** The engine's key: tells which account of the simulator is ours. */
  readonly apiKey: string;
  /** First characters of the trader's client order ids. */
  readonly ownerTag: string;
  readonly endpoints: PlannedEndpoints;
}

export interface PlanOptions {
  readonly configFolder: string;
  /** The folder `packages`. */
  readonly packagesFolder: string;
  readonly venueLog: string;
}

/** In each other's way on the demo: real keys in the environment would win over the demo's own. */
export const HIDDEN_VARIABLES = ['BINANCE_API_KEY', 'BINANCE_API_SECRET'] as const;

/** @throws AppError `CFG_FILE_UNREADABLE` | `CFG_FAULTS`, naming the file. */
export function readPlan(options: PlanOptions, environment: Environment): Plan {
  const seen: Environment = (name) => (HIDDEN_VARIABLES.some((hidden) => hidden === name) ? undefined : environment(name));
  const paths = pathsIn(options.configFolder);
  const simulator = readConfigFile(simulatorSpec, paths.simulator, seen).value;
  const market = readConfigFile(marketServerSpec, paths.market, seen).value;
  const engine = readConfigFile(engineSpec, paths.engine, seen).value;
  const positions = readConfigFile(positionServerSpec, paths.positions, seen).value;
  const trader = readConfigFile(traderSpec, paths.trader, seen).value;
  const { EXCHANGE_NAME: exchange, ACCOUNT_ID: account } = engine.GLOBAL;
  const child = (name: ProcessName, config: CommonPart, path: string, args: readonly string[], bindings: readonly PlannedBinding[]) => {
    return plannedChild(join(options.packagesFolder, name, 'src/main.ts'), { name, config, path, args, bindings });
  };
  return {
    exchange,
    account,
    apiKey: engine.GLOBAL.API_KEY.reveal(),
    ownerTag: trader.GLOBAL.OWNER_TAG,
    endpoints: {
      market: peer([market.ZMQ.MARKET_PUB_ENDPOINT], market.ZMQ.SERVICE_ENDPOINT),
      engine: peer([engine.ZMQ.ORDER_EVENTS_PUB_ENDPOINT, engine.ZMQ.TRADE_EVENTS_PUB_ENDPOINT], engine.ZMQ.SERVICE_ENDPOINT),
      positions: peer([positions.ZMQ.POSITION_PUB_ENDPOINT], positions.ZMQ.SERVICE_ENDPOINT),
      trader: peer([trader.ZMQ.TRADER_PUB_ENDPOINT], trader.ZMQ.SERVICE_ENDPOINT),
    },
    children: [
      child(
        'exchange-simulator',
        simulator,
        paths.simulator,
        ['--venue-log', options.venueLog],
        [
          { key: 'FUTURES_PORT', host: simulator.VENUE.HOST, port: simulator.VENUE.FUTURES_PORT },
          { key: 'CONTROL_PORT', host: '127.0.0.1', port: simulator.VENUE.CONTROL_PORT },
        ],
      ),
      child('market-server', market, paths.market, [], bindingsOf(market.ZMQ, BOUND_KEYS.market)),
      child('trading-engine', engine, paths.engine, [], bindingsOf(engine.ZMQ, BOUND_KEYS.engine)),
      child('position-server', positions, paths.positions, [], bindingsOf(positions.ZMQ, BOUND_KEYS.positions)),
      child('trader', trader, paths.trader, [], bindingsOf(trader.ZMQ, BOUND_KEYS.trader)),
    ],
  };
}

const BOUND_KEYS = {
  market: ['MARKET_PUB_ENDPOINT', 'SERVICE_ENDPOINT'],
  engine: ['ORDER_EVENTS_PUB_ENDPOINT', 'TRADE_EVENTS_PUB_ENDPOINT', 'ORDER_STATUS_PUB_ENDPOINT', 'SERVICE_ENDPOINT'],
  positions: ['POSITION_PUB_ENDPOINT', 'ENGINE_POSITION_PUB_ENDPOINT', 'SERVICE_ENDPOINT'],
  trader: ['TRADER_PUB_ENDPOINT', 'SERVICE_ENDPOINT'],
} as const;

interface CommonPart {
  readonly GLOBAL: { readonly PROCESS_NAME: string };
  readonly MONITORING: { readonly HTTP_STATUS_PORT: number };
}

interface ChildParts {
  readonly name: ProcessName;
  readonly config: CommonPart;
  readonly path: string;
  readonly args: readonly string[];
  readonly bindings: readonly PlannedBinding[];
}

function plannedChild(entry: string, { name, config, path, args, bindings }: ChildParts): PlannedChild {
  const statusPort = config.MONITORING.HTTP_STATUS_PORT;
  return {
    name,
    source: config.GLOBAL.PROCESS_NAME,
    configPath: path,
    args: [entry, path, '--json', ...args],
    statusPort,
    bindings: [...bindings, { key: 'HTTP_STATUS_PORT', host: '127.0.0.1', port: statusPort }],
  };
}

function pathsIn(folder: string) {
  return {
    simulator: join(folder, 'exchange_simulator.ini'),
    market: join(folder, 'market_server_binance.ini'),
    engine: join(folder, 'trading_engine_binance.ini'),
    positions: join(folder, 'position_server_binance.ini'),
    trader: join(folder, 'trader.ini'),
  };
}

function peer(publishers: readonly string[], service: string) {
  return { publishers: publishers.map(reachable), service: reachable(service) };
}

/** `tcp://*:6001` is for binding; a peer on this machine connects to `tcp://127.0.0.1:6001`. */
export function reachable(endpoint: string): string {
  return endpoint.replace(/^tcp:\/\/(\*|0\.0\.0\.0)(?=:)/, 'tcp://127.0.0.1');
}

function bindingsOf<K extends string>(zmq: Readonly<Record<K, string>>, keys: readonly K[]): readonly PlannedBinding[] {
  return keys.flatMap((key): PlannedBinding[] => {
    const [, host = '', port = ''] = /^tcp:\/\/(.+):(\d+)$/.exec(zmq[key]) ?? [];
    return port === '' ? [] : [{ key, host: host === '*' ? '0.0.0.0' : host, port: Number(port) }];
  });
}
