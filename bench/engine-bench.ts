/** The real engine against a venue in another process: command → bytes to the venue, and private frame → publication. */
import { join } from 'node:path';
import type { ReadyInfo } from '@fillwright/exchange-simulator';
import { type EdgePorts, engineSpec, pollBusily, readConfigFile } from '@fillwright/runtime';
import { adapterFromConfig, optionsFromConfig, TradingEngine } from '@fillwright/trading-engine';
import { ANY_PORT, benchPorts, type Helper, startHelper, until } from './desk.ts';
import { Probe, watchedBus, watchedHttp, watchedWebSocket, watchSockets } from './probe.ts';
import { type BenchRow, benchRow } from './rows.ts';
import type { TraderReady, TraderTask } from './trader-process.ts';

const ROUNDS = 5;
/** Until the code of the engine is compiled for good. */
const WARM_UP = 2_000;
const ORDERS_PER_ROUND = 600;
const TRADES_PER_ROUND = 600;
const BARE_PER_ROUND = 600;
const ROOT = join(import.meta.dirname, '..');

/** DESIGN §9. */
const REST_ABOVE_AXIOS_US = 120;
const SOCKET_US = 150;
const EVENT_TO_SEND_US = 50;
const TAIL_US = 1_000;

interface BareAxios {
  bareAxios(onCall: () => void): { post(url: string, headers: Readonly<Record<string, string>>): Promise<void>; close(): void };
}

type Transport = 'rest' | 'ws';
/** How engine and trader wait for the network: `BUSY_POLL`. */
type Waiting = 'asleep' | 'busy';

export async function engineBench(): Promise<readonly BenchRow[]> {
  let current: Probe | undefined;
  watchSockets(() => current?.exit('bytes'));
  const rows: BenchRow[] = [];
  for (const waiting of ['asleep', 'busy'] as const) {
    const suffix = waiting === 'busy' ? ', BUSY_POLL' : '';
    for (const transport of ['rest', 'ws'] as const) {
      current = new Probe();
      await measure(transport, waiting, current);
      rows.push(...(transport === 'rest' ? rowsOf(current, suffix) : socketRowsOf(current, suffix)));
    }
  }
  return rows;
}

async function measure(transport: Transport, waiting: Waiting, probe: Probe): Promise<void> {
  // axios belongs to the runtime package; the bare baseline lives there.
  const { bareAxios } = (await import(join(ROOT, 'packages/runtime/bench/_bare-axios.ts'))) as BareAxios;
  const { ports, drop } = benchPorts('trading_engine_binance');
  const venue = await startHelper<ReadyInfo>('venue-process.ts', 'none');
  const trader = await startHelper<TraderReady>('trader-process.ts', waiting);
  const engine = await startEngine(ports, venue.ready, probe, trader, transport);
  const axios = bareAxios(() => {
    probe.input('axios');
    probe.exit('request');
  });
  const stopPolling = waiting === 'busy' ? pollBusily() : () => undefined;
  try {
    const url = `${venue.ready.futures.rest}/fapi/v1/order?${'x'.repeat(280)}`;
    await trade(trader, probe, () => axios.post(url, { 'X-MBX-APIKEY': 'nobody' }));
  } finally {
    stopPolling();
    axios.close();
    await engine.stop('bench over');
    trader.stop();
    venue.stop();
    drop();
  }
}

function rowsOf(probe: Probe, suffix: string): readonly BenchRow[] {
  const bare = probe.rounds('axios', 'bytes');
  const place = (exit: 'request' | 'bytes') => probe.rounds('command.place', exit);
  return [
    benchRow(`order: command frame → HTTP client called${suffix}`, place('request'), { tailBudget: TAIL_US }),
    benchRow(`order: command frame → first byte, over bare axios${suffix}`, place('bytes'), {
      bare,
      budgetAbove: REST_ABOVE_AXIOS_US,
      tailBudget: TAIL_US,
    }),
    benchRow(`cancel: command frame → first byte, over bare axios${suffix}`, probe.rounds('command.cancel', 'bytes'), {
      bare,
      budgetAbove: REST_ABOVE_AXIOS_US,
      tailBudget: TAIL_US,
    }),
    benchRow(`private trade frame → send${suffix}`, probe.rounds('trade', 'send'), { budget: EVENT_TO_SEND_US, tailBudget: TAIL_US }),
    benchRow(`private account frame → send${suffix}`, probe.rounds('account', 'send'), { budget: EVENT_TO_SEND_US, tailBudget: TAIL_US }),
  ];
}

function socketRowsOf(probe: Probe, suffix: string): readonly BenchRow[] {
  const bytes = (command: string) => probe.rounds(`command.${command}`, 'bytes');
  const rule = { budget: SOCKET_US, tailBudget: TAIL_US };
  return [
    benchRow(`order: command frame → first byte, WebSocket API, HMAC${suffix}`, bytes('place'), rule),
    benchRow(`cancel: command frame → first byte, WebSocket API, HMAC${suffix}`, bytes('cancel'), rule),
  ];
}

async function trade(trader: Helper<TraderReady>, probe: Probe, axios: () => Promise<void>): Promise<void> {
  const round = async (orders: number, trades: number, bare: number) => {
    for (let index = 0; index < bare; index += 1) await axios();
    await trader.ask({ type: 'trade', orders, trades } satisfies TraderTask);
  };
  await round(WARM_UP, WARM_UP, WARM_UP);
  for (let index = 0; index < ROUNDS; index += 1) {
    globalThis.gc?.();
    probe.beginRound();
    await round(ORDERS_PER_ROUND, TRADES_PER_ROUND, BARE_PER_ROUND);
  }
  probe.pause();
}

/** What is measured is the way of one order, not the pace of many. */
const NO_CEILINGS = { API_REQUESTS_PER_SECOND: 1e6, API_REQUESTS_PER_MINUTE: 1e8, API_BURST_LIMIT: 1e6 };

async function startEngine(
  ports: EdgePorts,
  venue: ReadyInfo,
  probe: Probe,
  trader: Helper<TraderReady>,
  transport: Transport,
): Promise<TradingEngine> {
  const shipped = readConfigFile(engineSpec, join(ROOT, 'config/trading_engine_binance.ini'), () => undefined).value;
  const config = {
    ...shipped,
    ORDER_MANAGEMENT: { ...shipped.ORDER_MANAGEMENT, ORDER_TRANSPORT: transport },
    HTTP_API: { ...shipped.HTTP_API, ...NO_CEILINGS, HTTP_BASE_URL: venue.futures.rest },
    WEBSOCKET: {
      ...shipped.WEBSOCKET,
      WS_PRIVATE_URL: `${venue.futures.ws}/private`,
      WS_PRIVATE_BACKUP_URL: '',
      WS_API_URL: venue.futures.wsApi,
    },
  };
  const bound: string[] = [];
  const bus = watchedBus(ports.bus, { probe, kindOf: commandKind, onBound: (endpoint) => bound.push(endpoint) });
  const webSocket = watchedWebSocket(ports.webSocket, probe, privateKind);
  const watched = { ...ports, bus, webSocket, http: watchedHttp(ports.http, probe) };
  const options = optionsFromConfig(config);
  const endpoints = { orderEvents: ANY_PORT, tradeEvents: ANY_PORT, orderStatus: ANY_PORT, service: ANY_PORT };
  const engine = new TradingEngine(
    watched,
    {
      ...options,
      endpoints: { ...endpoints, traders: [trader.ready.endpoint], positionServer: [], market: [trader.ready.endpoint] },
      orders: { ...options.orders, perSecond: 1_000_000 },
      // No position-server here, and marks that never change: neither is watched for staleness.
      risk: { ...options.risk, staleMs: 0 },
    },
    adapterFromConfig(config, watched),
  );
  engine.onBroken = (error) => {
    throw error;
  };
  await engine.start();
  await until('the engine is ready', () => engine.health().ready);
  await trader.ask({ type: 'connect', orderEvents: bound[0] ?? '', control: venue.control } satisfies TraderTask);
  return engine;
}

function commandKind([topic, body]: readonly Uint8Array[]): string | undefined {
  if (topic === undefined || body === undefined || topic[0] !== 'c'.charCodeAt(0)) return undefined;
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 64)).toString('latin1');
  return /command\.(place|cancel)/.exec(text)?.[0];
}

function privateKind(text: string): string | undefined {
  if (text.includes('"ORDER_TRADE_UPDATE"')) return text.includes('"x":"TRADE"') ? 'trade' : 'other';
  return text.includes('"ACCOUNT_UPDATE"') ? 'account' : undefined;
}
