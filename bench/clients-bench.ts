/**
 * The same order on the same venue in the same run: trader → engine → exchange → trader over real sockets, beside what other clients need
 * from one process. Ours crosses two more processes, and is journaled and checked on the way.
 */
import { join } from 'node:path';
import type { ReadyInfo } from '@fillwright/exchange-simulator';
import { engineSpec, pollBusily, readConfigFile } from '@fillwright/runtime';
import { adapterFromConfig, optionsFromConfig, TradingEngine } from '@fillwright/trading-engine';
import type { ClientName, ClientTask } from './client-process.ts';
import { ANY_PORT, benchPorts, type Helper, startHelper, startStranger, until } from './desk.ts';
import { type BenchRow, benchRow, type Rounds } from './rows.ts';
import type { TraderReady, TraderTask } from './trader-process.ts';

const ROUNDS = 5;
/** Until the code of all of them is compiled for good. */
const WARM_UP = 2_000;
const ORDERS_PER_ROUND = 200;
const ROOT = join(import.meta.dirname, '..');
const CLIENTS: Readonly<Record<ClientName, string>> = {
  ccxt: 'ccxt createOrder (REST)',
  'ccxt-ws': 'ccxt createOrderWs',
  official: 'official connector newOrder (REST)',
  'official-ws': 'official connector newOrder (WebSocket API)',
};
const NAMES = Object.keys(CLIENTS) as readonly ClientName[];
const REST_NAMES: readonly ClientName[] = ['ccxt', 'official'];

type Transport = 'rest' | 'ws';
/** How engine and trader wait for the network: `BUSY_POLL`. */
type Waiting = 'asleep' | 'busy';

export async function clientsBench(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  let bare: Compared['others'] | undefined;
  for (const waiting of ['asleep', 'busy'] as const) {
    const overSocket = await compared('ws', waiting, NAMES);
    const overRest = await compared('rest', waiting, REST_NAMES);
    const how = waiting === 'busy' ? 'with BUSY_POLL, ' : '';
    rows.push(...ratios(`order, trader → engine → venue → trader, ${how}WebSocket API`, overSocket, NAMES));
    rows.push(...ratios(`order, trader → engine → venue → trader, ${how}REST`, overRest, REST_NAMES));
    bare ??= overSocket.others;
  }
  return [...rows, ...NAMES.map((name) => benchRow(CLIENTS[name], bare?.get(name) ?? []))];
}

function ratios(what: string, { ours, others }: Compared, names: readonly ClientName[]): readonly BenchRow[] {
  return names.map((client, index) =>
    benchRow(`${index === 0 ? what : 'the same'}; bare = ${CLIENTS[client]}`, ours, { bare: others.get(client) ?? [], budgetRatio: 1 }),
  );
}

interface Compared {
  readonly ours: Rounds;
  readonly others: ReadonlyMap<ClientName, Rounds>;
}

/** Rounds of ours and of each of the others in turn. The venue is a new one, on which nobody has used up any limit. */
async function compared(transport: Transport, waiting: Waiting, names: readonly ClientName[]): Promise<Compared> {
  const venue = await startHelper<ReadyInfo>('venue-process.ts', 'none');
  const clients = await startStranger<string>('client-process.ts');
  const trader = await startHelper<TraderReady>('trader-process.ts', waiting);
  const { ports, drop } = benchPorts('trading_engine_binance');
  const engine = await startEngine(ports, venue.ready, trader, transport);
  const stopPolling = waiting === 'busy' ? pollBusily() : () => undefined;
  const ours: number[][] = [];
  const others = new Map<ClientName, number[][]>(names.map((name) => [name, []]));
  try {
    await clients.ask({ type: 'connect', venue: venue.ready } satisfies ClientTask);
    await trader.ask({ type: 'time', orders: WARM_UP } satisfies TraderTask);
    for (const client of names) await clients.ask({ type: 'time', client, orders: WARM_UP } satisfies ClientTask);
    for (let round = 0; round < ROUNDS; round += 1) {
      globalThis.gc?.();
      ours.push(await trader.ask<number[]>({ type: 'time', orders: ORDERS_PER_ROUND } satisfies TraderTask));
      for (const client of names) {
        const samples = await clients.ask<number[]>({ type: 'time', client, orders: ORDERS_PER_ROUND } satisfies ClientTask);
        others.get(client)?.push(samples);
      }
    }
    return { ours, others };
  } finally {
    stopPolling();
    await engine.stop('bench over');
    for (const helper of [trader, clients, venue]) helper.stop();
    drop();
  }
}

/** What is measured is the way of one order, not the pace of many. */
const NO_CEILINGS = { API_REQUESTS_PER_SECOND: 1e6, API_REQUESTS_PER_MINUTE: 1e8, API_BURST_LIMIT: 1e6 };

async function startEngine(
  ports: ReturnType<typeof benchPorts>['ports'],
  venue: ReadyInfo,
  trader: Helper<TraderReady>,
  transport: Transport,
): Promise<TradingEngine> {
  const shipped = readConfigFile(engineSpec, join(ROOT, 'config/trading_engine_binance.ini'), () => undefined).value;
  const { rest, ws, wsApi } = venue.futures;
  const config = {
    ...shipped,
    ORDER_MANAGEMENT: { ...shipped.ORDER_MANAGEMENT, ORDER_TRANSPORT: transport },
    HTTP_API: { ...shipped.HTTP_API, ...NO_CEILINGS, HTTP_BASE_URL: rest },
    WEBSOCKET: { ...shipped.WEBSOCKET, WS_PRIVATE_URL: `${ws}/private`, WS_PRIVATE_BACKUP_URL: '', WS_API_URL: wsApi },
  };
  const bound: string[] = [];
  const bus = {
    ...{ connectSubscriber: ports.bus.connectSubscriber.bind(ports.bus), bindService: ports.bus.bindService.bind(ports.bus) },
    connectService: ports.bus.connectService.bind(ports.bus),
    bindPublisher: async (...of: Parameters<typeof ports.bus.bindPublisher>) => {
      const socket = await ports.bus.bindPublisher(...of);
      bound.push(socket.endpoint);
      return socket;
    },
  };
  const live = { ...ports, bus };
  const options = optionsFromConfig(config);
  const endpoints = { orderEvents: ANY_PORT, tradeEvents: ANY_PORT, orderStatus: ANY_PORT, service: ANY_PORT };
  const engine = new TradingEngine(
    live,
    {
      ...options,
      endpoints: { ...endpoints, traders: [trader.ready.endpoint], positionServer: [], market: [trader.ready.endpoint] },
      orders: { ...options.orders, perSecond: 1_000_000 },
      // No position-server here, and marks that never change: neither is watched for staleness.
      risk: { ...options.risk, staleMs: 0 },
    },
    adapterFromConfig(config, live),
  );
  engine.onBroken = (error) => {
    throw error;
  };
  await engine.start();
  await until('the engine is ready', () => engine.health().ready).catch((error: Error) => {
    throw new Error(`${error.message}: ${engine.health().reasons.join('; ')}`);
  });
  await trader.ask({ type: 'connect', orderEvents: bound[0] ?? '', control: venue.control } satisfies TraderTask);
  return engine;
}
