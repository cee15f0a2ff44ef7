/** The one table of ports. Defaults, shipped files and documentation derive from it; further accounts add 100, further traders 10. */

export type PlannedProcess = 'market-server' | 'trading-engine' | 'position-server' | 'trader' | 'exchange-simulator';

export interface PlannedPort {
  readonly process: PlannedProcess;
  readonly section: string;
  /** The key by which the owner binds it. */
  readonly key: string;
  readonly port: number;
  readonly transport: 'zmq' | 'http';
  readonly carries: string;
}

export const PORT_PLAN = [
  { process: 'market-server', section: 'ZMQ', key: 'MARKET_PUB_ENDPOINT', port: 6001, transport: 'zmq', carries: 'market data' },
  { process: 'trading-engine', section: 'ZMQ', key: 'ORDER_EVENTS_PUB_ENDPOINT', port: 6002, transport: 'zmq', carries: 'order events' },
  {
    process: 'position-server',
    section: 'ZMQ',
    key: 'POSITION_PUB_ENDPOINT',
    port: 6003,
    transport: 'zmq',
    carries: 'positions for traders',
  },
  {
    process: 'trading-engine',
    section: 'ZMQ',
    key: 'TRADE_EVENTS_PUB_ENDPOINT',
    port: 6017,
    transport: 'zmq',
    carries: 'trade and account events',
  },
  { process: 'trading-engine', section: 'ZMQ', key: 'ORDER_STATUS_PUB_ENDPOINT', port: 6018, transport: 'zmq', carries: 'order status' },
  { process: 'trader', section: 'ZMQ', key: 'TRADER_PUB_ENDPOINT', port: 7003, transport: 'zmq', carries: 'orders of the trader' },
  {
    process: 'position-server',
    section: 'ZMQ',
    key: 'ENGINE_POSITION_PUB_ENDPOINT',
    port: 7004,
    transport: 'zmq',
    carries: 'positions for the engine',
  },
  { process: 'market-server', section: 'ZMQ', key: 'SERVICE_ENDPOINT', port: 8001, transport: 'zmq', carries: 'service requests' },
  { process: 'trading-engine', section: 'ZMQ', key: 'SERVICE_ENDPOINT', port: 8002, transport: 'zmq', carries: 'service requests' },
  { process: 'position-server', section: 'ZMQ', key: 'SERVICE_ENDPOINT', port: 8003, transport: 'zmq', carries: 'service requests' },
  { process: 'trader', section: 'ZMQ', key: 'SERVICE_ENDPOINT', port: 8004, transport: 'zmq', carries: 'service requests' },
  {
    process: 'market-server',
    section: 'MONITORING',
    key: 'HTTP_STATUS_PORT',
    port: 9101,
    transport: 'http',
    carries: 'health and metrics',
  },
  {
    process: 'trading-engine',
    section: 'MONITORING',
    key: 'HTTP_STATUS_PORT',
    port: 9102,
    transport: 'http',
    carries: 'health and metrics',
  },
  {
    process: 'position-server',
    section: 'MONITORING',
    key: 'HTTP_STATUS_PORT',
    port: 9103,
    transport: 'http',
    carries: 'health and metrics',
  },
  { process: 'trader', section: 'MONITORING', key: 'HTTP_STATUS_PORT', port: 9104, transport: 'http', carries: 'health and metrics' },
  {
    process: 'exchange-simulator',
    section: 'MONITORING',
    key: 'HTTP_STATUS_PORT',
    port: 9105,
    transport: 'http',
    carries: 'health and metrics',
  },
  {
    process: 'exchange-simulator',
    section: 'VENUE',
    key: 'FUTURES_PORT',
    port: 5080,
    transport: 'http',
    carries: 'futures REST and streams',
  },
  { process: 'exchange-simulator', section: 'VENUE', key: 'SPOT_PORT', port: 5081, transport: 'http', carries: 'spot REST and streams' },
  {
    process: 'exchange-simulator',
    section: 'VENUE',
    key: 'CONTROL_PORT',
    port: 5090,
    transport: 'http',
    carries: 'control of the simulator',
  },
] as const satisfies readonly PlannedPort[];

type Row = (typeof PORT_PLAN)[number];
/** Only pairs that stand in the table: a typing error does not compile. */
type KeyOf<P extends PlannedProcess, T extends PlannedPort['transport']> = Extract<Row, { process: P; transport: T }>['key'];

/** The planned port of a key. */
export function plannedPort<P extends PlannedProcess>(process: P, key: KeyOf<P, 'zmq' | 'http'>): number {
  return portOf(process, key);
}

/** The planned endpoint on this machine: what the owner binds and what its peers connect to. */
export function plannedEndpoint<P extends PlannedProcess>(process: P, key: KeyOf<P, 'zmq'>): string {
  return `tcp://127.0.0.1:${portOf(process, key)}`;
}

function portOf(process: PlannedProcess, key: string): number {
  const row = PORT_PLAN.find((candidate) => candidate.process === process && candidate.key === key);
  if (row === undefined) throw new RangeError(`no port is planned for ${key} of ${process}`);
  return row.port;
}
