/** The real market-server on a busy venue in another process: frame of the venue → `send`. */
import { join } from 'node:path';
import type { ReadyInfo } from '@fillwright/exchange-simulator';
import { adapterFromConfig, MarketServer, optionsFromConfig } from '@fillwright/market-server';
import { marketServerSpec, readConfigFile } from '@fillwright/runtime';
import { ANY_PORT, benchPorts, startHelper, until } from './desk.ts';
import { Probe, watchedBus, watchedWebSocket } from './probe.ts';
import { type BenchRow, benchRow } from './rows.ts';

const ROUNDS = 5;
const WARM_UP = 4_000;
const TICKERS_PER_ROUND = 2_000;
const TRADES_PER_ROUND = 400;
/** DESIGN §9. */
const FRAME_TO_SEND_US = 50;
const TAIL_US = 1_000;

export async function marketBench(): Promise<readonly BenchRow[]> {
  const { ports, drop } = benchPorts('market_server_binance');
  const venue = await startHelper<ReadyInfo>('venue-process.ts', 'walk');
  const probe = new Probe();
  const file = join(import.meta.dirname, '../config/market_server_binance.ini');
  const shipped = readConfigFile(marketServerSpec, file, () => undefined).value;
  const { rest, ws } = venue.ready.futures;
  const config = {
    ...shipped,
    HTTP_API: { ...shipped.HTTP_API, HTTP_BASE_URL: rest },
    WEBSOCKET: { ...shipped.WEBSOCKET, WS_PUBLIC_URL: `${ws}/public`, WS_MARKET_URL: `${ws}/market` },
  };
  const bound: string[] = [];
  const bus = watchedBus(ports.bus, { probe, kindOf: () => undefined, onBound: (endpoint) => bound.push(endpoint) });
  const watched = { ...ports, bus, webSocket: watchedWebSocket(ports.webSocket, probe, frameKind) };
  const options = { ...optionsFromConfig(config), endpoints: { market: ANY_PORT, service: ANY_PORT } };
  const server = new MarketServer(watched, options, adapterFromConfig(config, watched));
  await server.start();
  const reader = ports.bus.connectSubscriber(bound.slice(0, 1), { onFrames: () => undefined });
  reader.subscribe('');
  try {
    await until('the market-server is ready', () => server.health().ready);
    await run(probe);
    return [row(probe, 'ticker'), row(probe, 'trade')];
  } finally {
    await server.stop('bench over');
    await reader.close();
    venue.stop();
    drop();
  }
}

async function run(probe: Probe): Promise<void> {
  probe.beginRound();
  await until('the warm-up is over', () => probe.count('ticker', 'send') >= WARM_UP);
  probe.forget();
  for (let round = 1; round <= ROUNDS; round += 1) {
    globalThis.gc?.();
    probe.beginRound();
    const isOver = () =>
      probe.count('ticker', 'send') >= round * TICKERS_PER_ROUND && probe.count('trade', 'send') >= round * TRADES_PER_ROUND;
    await until(`round ${round} is over`, isOver);
  }
  probe.pause();
}

function row(probe: Probe, kind: string): BenchRow {
  return benchRow(`market ${kind} frame → send`, probe.rounds(kind, 'send'), { budget: FRAME_TO_SEND_US, tailBudget: TAIL_US });
}

/** Books are left out: they are published at most twenty times a second, whatever comes in. */
function frameKind(text: string): string | undefined {
  const head = text.slice(0, 80);
  if (head.includes('"bookTicker"')) return 'ticker';
  return head.includes('"aggTrade"') ? 'trade' : 'other';
}
