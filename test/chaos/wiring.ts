/** The stack with a link between any two processes that talk: the INI files name the links instead of the peers. */
import { type ProcessName, Stack, type StackChanges } from '../_stack/stack.ts';
import { ChaosLink } from './link.ts';

interface Wire {
  readonly from: ProcessName;
  readonly section: string;
  readonly key: string;
  readonly scheme: 'tcp' | 'http' | 'ws';
  /** As planned in the shipped files. */
  readonly targets: readonly number[];
  readonly path?: string;
}

/** The next port of traders: the workload of this run. */
export const WORKLOAD_PORT = 7013;

const VENUE_PORT = 5080;
const WIRES: readonly Wire[] = [
  { from: 'trading-engine', section: 'HTTP_API', key: 'HTTP_BASE_URL', scheme: 'http', targets: [VENUE_PORT] },
  { from: 'trading-engine', section: 'WEBSOCKET', key: 'WS_PRIVATE_URL', scheme: 'ws', targets: [VENUE_PORT], path: '/private' },
  { from: 'trading-engine', section: 'WEBSOCKET', key: 'WS_API_URL', scheme: 'ws', targets: [VENUE_PORT], path: '/ws-fapi/v1' },
  { from: 'trading-engine', section: 'ZMQ', key: 'TRADER_SUB_ENDPOINT', scheme: 'tcp', targets: [7003, WORKLOAD_PORT] },
  { from: 'trading-engine', section: 'ZMQ', key: 'POSITION_SERVER_SUB_ENDPOINT', scheme: 'tcp', targets: [7004] },
  { from: 'trading-engine', section: 'ZMQ', key: 'MARKET_SUB_ENDPOINT', scheme: 'tcp', targets: [6001] },
  { from: 'market-server', section: 'HTTP_API', key: 'HTTP_BASE_URL', scheme: 'http', targets: [VENUE_PORT] },
  { from: 'market-server', section: 'WEBSOCKET', key: 'WS_PUBLIC_URL', scheme: 'ws', targets: [VENUE_PORT], path: '/public' },
  { from: 'market-server', section: 'WEBSOCKET', key: 'WS_MARKET_URL', scheme: 'ws', targets: [VENUE_PORT], path: '/market' },
  { from: 'market-server', section: 'ZMQ', key: 'ENGINE_SUB_ENDPOINT', scheme: 'tcp', targets: [6002] },
  { from: 'position-server', section: 'ZMQ', key: 'TRADE_EVENTS_SUB_ENDPOINT', scheme: 'tcp', targets: [6017] },
  { from: 'position-server', section: 'ZMQ', key: 'MARKET_SUB_ENDPOINT', scheme: 'tcp', targets: [6001] },
  { from: 'position-server', section: 'ZMQ', key: 'ENGINE_SERVICE_ENDPOINT', scheme: 'tcp', targets: [8002] },
  { from: 'position-server', section: 'ZMQ', key: 'MARKET_SERVICE_ENDPOINT', scheme: 'tcp', targets: [8001] },
  { from: 'trader', section: 'ZMQ', key: 'MARKET_SUB_ENDPOINT', scheme: 'tcp', targets: [6001] },
  { from: 'trader', section: 'ZMQ', key: 'ORDER_EVENTS_SUB_ENDPOINT', scheme: 'tcp', targets: [6002] },
  { from: 'trader', section: 'ZMQ', key: 'POSITION_SUB_ENDPOINT', scheme: 'tcp', targets: [6003] },
  { from: 'trader', section: 'ZMQ', key: 'MARKET_SERVICE_ENDPOINT', scheme: 'tcp', targets: [8001] },
  { from: 'trader', section: 'ZMQ', key: 'ENGINE_SERVICE_ENDPOINT', scheme: 'tcp', targets: [8002] },
  { from: 'trader', section: 'ZMQ', key: 'POSITION_SERVICE_ENDPOINT', scheme: 'tcp', targets: [8003] },
];

export interface ChaosStack {
  readonly stack: Stack;
  readonly links: readonly ChaosLink[];
}

/** Nothing runs yet; `dispose` of the stack closes the links too. */
export async function createChaosStack(changes: StackChanges): Promise<ChaosStack> {
  const stack = await Stack.create(changes);
  const links: ChaosLink[] = [];
  stack.onDispose(() => Promise.all(links.map((link) => link.close())));
  for (const wire of WIRES) {
    const addresses: string[] = [];
    for (const target of wire.targets) {
      const link = await ChaosLink.open(`${wire.from} ${wire.key} ${target}`, stack.freePort(), stack.port(target));
      links.push(link);
      addresses.push(`${wire.scheme}://127.0.0.1:${link.port}${wire.path ?? ''}`);
    }
    stack.change(wire.from, { [wire.section]: { [wire.key]: addresses.join(',') } });
  }
  return { stack, links };
}
