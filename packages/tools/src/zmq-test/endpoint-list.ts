/** The endpoints of any of our INI files, and what is to be checked of each. */
import { simulatorSpec } from '@fillwright/exchange-simulator/config';
import {
  AppError,
  type EndpointRole,
  type Environment,
  endpointsOf,
  readConfigFile,
  readConfigText,
  SERVICE_SPECS,
  specOfFile,
} from '@fillwright/runtime';
import { withoutKeys } from '../config/without-keys.ts';
import { reachable } from '../launcher/plan.ts';

export interface ListedEndpoint {
  readonly key: string;
  /** As in the file. */
  readonly endpoint: string;
  /** What one connects to: `*` stands for this machine. */
  readonly address: string;
  readonly type: 'publisher' | 'service' | 'http';
  /** The process works without whoever is there. */
  readonly mayBeAbsent?: true;
}

export interface EndpointList {
  /** Whose file it is. */
  readonly process: string;
  readonly exchange: string;
  readonly account: string;
  readonly endpoints: readonly ListedEndpoint[];
}

const TYPES: Readonly<Record<EndpointRole, ListedEndpoint['type']>> = {
  'bind-publisher': 'publisher',
  'connect-subscriber': 'publisher',
  'bind-service': 'service',
  'connect-service': 'service',
};

/** @throws AppError `CFG_FILE_UNREADABLE` | `CFG_FAULTS` | `CFG_UNKNOWN_FILE` */
export function listEndpoints(path: string, environment: Environment): EndpointList {
  const spec = specOfFile(readConfigText(path), [...SERVICE_SPECS, simulatorSpec]);
  if (spec === undefined) {
    const message = `${path} is no configuration file of ours: none of its keys is known; examples are in config/`;
    throw new AppError('CFG_UNKNOWN_FILE', message);
  }
  const config = readConfigFile(spec, path, withoutKeys(environment)).value as Readonly<Record<string, unknown>>;
  const { EXCHANGE_NAME, ACCOUNT_ID } = config.GLOBAL as { readonly EXCHANGE_NAME?: string; readonly ACCOUNT_ID?: string };
  const endpoints = endpointsOf(spec, config).map(({ key, endpoint, role, mayBeAbsent }): ListedEndpoint => {
    return { key, endpoint, address: reachable(endpoint), type: TYPES[role], ...(mayBeAbsent && { mayBeAbsent }) };
  });
  const place = { exchange: EXCHANGE_NAME ?? 'NONE', account: ACCOUNT_ID ?? 'main' };
  return { process: spec.process, ...place, endpoints: endpoints.length > 0 ? endpoints : simulatorEndpoints(config) };
}

/** The simulator is on no bus; its listeners are HTTP. */
function simulatorEndpoints(config: Readonly<Record<string, unknown>>): readonly ListedEndpoint[] {
  const { VENUE } = config as { readonly VENUE?: { readonly HOST: string; readonly FUTURES_PORT: number; readonly CONTROL_PORT: number } };
  if (VENUE === undefined) return [];
  const host = VENUE.HOST === '0.0.0.0' ? '127.0.0.1' : VENUE.HOST;
  const row = (key: string, endpoint: string): ListedEndpoint => ({ key, endpoint, address: endpoint, type: 'http' });
  return [row('FUTURES_PORT', `http://${host}:${VENUE.FUTURES_PORT}`), row('CONTROL_PORT', `http://127.0.0.1:${VENUE.CONTROL_PORT}`)];
}
