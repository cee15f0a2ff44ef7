/** What a simulated desk is made of: the options that the shipped INI files give, and a second trader beside the first. */
import { join } from 'node:path';
import { parseOwnerTag } from '@fillwright/domain/ids';
import type { SimulatorOptions } from '@fillwright/exchange-simulator';
import { optionsOfConfig, simulatorSpec } from '@fillwright/exchange-simulator/config';
import { type PositionServerOptions, optionsFromConfig as positionOptions } from '@fillwright/position-server';
import {
  type EngineConfig,
  type Environment,
  engineSpec,
  type MarketServerConfig,
  marketServerSpec,
  positionServerSpec,
  readConfigFile,
  traderSpec,
} from '@fillwright/runtime';
import { type TraderOptions, optionsFromConfig as traderOptions } from '@fillwright/trader';

export interface DeskPlan {
  readonly simulator: SimulatorOptions;
  readonly market: MarketServerConfig;
  readonly engine: EngineConfig;
  readonly positions: PositionServerOptions;
  readonly traders: readonly TraderOptions[];
  /** The engine's account at the venue. */
  readonly venueAccount: string;
}

/** Real keys in the environment must not reach a simulated desk. */
const NO_ENVIRONMENT: Environment = () => undefined;
const VENUE_LOG = 'venue.ndjson';
/** Steps of the market per second: enough to trade on; more is market data that costs time and tries nothing. */
const FLOW_RATE = 5;
const CONTROL_TOKEN = 'simulated';
/** The next port of traders, DESIGN §2. */
const SECOND = { commands: 'tcp://127.0.0.1:7013', service: 'tcp://127.0.0.1:8014', tag: 'q2' } as const;

/** A trader without manners; the desk knows nothing good of him. */
export const RUDE = { commands: 'tcp://127.0.0.1:7023', tag: 'q3' } as const;

/** @throws AppError `CFG_FILE_UNREADABLE` | `CFG_FAULTS` */
export function readDeskPlan(configFolder: string): DeskPlan {
  const file = (name: string) => join(configFolder, name);
  const simulator = optionsOfConfig(readConfigFile(simulatorSpec, file('exchange_simulator.ini'), NO_ENVIRONMENT).value);
  const engine = readConfigFile(engineSpec, file('trading_engine_binance.ini'), NO_ENVIRONMENT).value;
  const first = traderOptions(readConfigFile(traderSpec, file('trader.ini'), NO_ENVIRONMENT).value);
  const second: TraderOptions = {
    ...first,
    processName: `${first.processName}2`,
    ownerTag: parseOwnerTag(SECOND.tag),
    endpoints: { ...first.endpoints, commands: SECOND.commands, service: SECOND.service },
  };
  const key = engine.GLOBAL.API_KEY.reveal();
  const account = simulator.accounts.find(({ apiKey }) => apiKey === key);
  if (account === undefined) throw new Error(`no account of ${file('exchange_simulator.ini')} has the key of the engine`);
  return {
    simulator: {
      ...simulator,
      symbols: simulator.symbols.map((symbol) => ({ ...symbol, flowRate: FLOW_RATE })),
      venueLog: VENUE_LOG,
      controlToken: CONTROL_TOKEN,
    },
    market: readConfigFile(marketServerSpec, file('market_server_binance.ini'), NO_ENVIRONMENT).value,
    engine: { ...engine, ZMQ: { ...engine.ZMQ, TRADER_SUB_ENDPOINT: [...engine.ZMQ.TRADER_SUB_ENDPOINT, SECOND.commands, RUDE.commands] } },
    positions: positionOptions(readConfigFile(positionServerSpec, file('position_server_binance.ini'), NO_ENVIRONMENT).value),
    traders: [first, second],
    venueAccount: account.name,
  };
}
