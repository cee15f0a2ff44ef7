/** Endpoint keys that more than one process has. Publishers and services bind, everybody else connects. */
import type { EndpointRole } from '../key.ts';
import { endpoint, endpoints, optional, path } from '../kinds.ts';
import { type PlannedProcess, plannedEndpoint } from '../port-plan.ts';

const PORTS =
  'When the port is taken, for a second account (ports + 100), or to reach other machines (then `tcp://*:PORT`, with CURVE keys).';

export function bindPublisher(defaultEndpoint: string, carries: string) {
  return endpoint('bind-publisher', { doc: `Where this process publishes ${carries}.`, when: PORTS, default: defaultEndpoint });
}

export function bindService(process: Exclude<PlannedProcess, 'exchange-simulator'>) {
  return endpoint('bind-service', {
    doc: 'Where this process answers: hello, snapshot, replay, ping, query and control.',
    when: PORTS,
    default: plannedEndpoint(process, 'SERVICE_ENDPOINT'),
  });
}

function peer(role: EndpointRole, doc: string, defaultEndpoint: string) {
  return endpoint(role, { doc, when: 'Together with the endpoint that the other process binds.', default: defaultEndpoint });
}

export function connectService(process: Exclude<PlannedProcess, 'exchange-simulator'>) {
  return peer('connect-service', `Service endpoint of the ${process}.`, plannedEndpoint(process, 'SERVICE_ENDPOINT'));
}

/** Subscribers take a comma-separated list. */
export function connectSubscriber(defaultEndpoint: string, carries: string) {
  return endpoints('connect-subscriber', {
    doc: `Where this process receives ${carries}; several endpoints are separated by commas.`,
    when: 'Together with the endpoint that the publisher binds.',
    default: defaultEndpoint,
  });
}

export const marketData = connectSubscriber(plannedEndpoint('market-server', 'MARKET_PUB_ENDPOINT'), 'market data (marks, top of book)');

/** Encryption and proof of identity on every socket of the process. */
export const curveKeys = {
  CURVE_KEY_FILE: optional(
    path({
      doc: 'Secret CURVE key of this process, a file that only its user may read. Empty: no encryption, and then every endpoint has to be on this machine.',
      when: 'As soon as an endpoint leaves this machine, or others have accounts on it. `npx fillwright keys make` makes it.',
    }),
  ),
  CURVE_PEERS_FILE: optional(
    path({
      doc: 'List of the public keys that are let in, with what each may do; the same for all processes. It is read again when it changes.',
      when: 'Together with CURVE_KEY_FILE.',
    }),
  ),
};
