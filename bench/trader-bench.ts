/** The real trader, told by publishers in another process: message received → callback of its strategy. */
import { join } from 'node:path';
import type { Order } from '@fillwright/domain';
import { pollBusily, readConfigFile, traderSpec } from '@fillwright/runtime';
import { optionsFromConfig, Strategy, Trader } from '@fillwright/trader';
import { ANY_PORT, benchPorts, startHelper, until } from './desk.ts';
import type { StandInEndpoints } from './feeds-process.ts';
import { Probe, watchedBus } from './probe.ts';
import { type BenchRow, benchRow } from './rows.ts';

const ROUNDS = 5;
const WARM_UP = 3_000;
const ORDERS_PER_ROUND = 1_000;
/** DESIGN §9. */
const MESSAGE_TO_CALLBACK_US = 30;
const TAIL_US = 1_000;

class Listener extends Strategy {
  readonly #probe: Probe;

  constructor(probe: Probe) {
    super();
    this.#probe = probe;
  }

  override onBook(): void {
    this.#probe.exit('callback');
  }

  override onOrder(_order: Order): void {
    this.#probe.exit('callback');
  }
}

export async function traderBench(): Promise<readonly BenchRow[]> {
  const asleep = await measured('');
  const stopPolling = pollBusily();
  try {
    return [...asleep, ...(await measured(', BUSY_POLL'))];
  } finally {
    stopPolling();
  }
}

async function measured(suffix: string): Promise<readonly BenchRow[]> {
  const { ports, drop } = benchPorts('trader');
  const feeds = await startHelper<StandInEndpoints>('feeds-process.ts');
  const probe = new Probe();
  const bus = watchedBus(ports.bus, { probe, kindOf: frameKind });
  const { value } = readConfigFile(traderSpec, join(import.meta.dirname, '../config/trader.ini'), () => undefined);
  const options = { ...optionsFromConfig(value), endpoints: { commands: ANY_PORT, service: ANY_PORT, ...feeds.ready } };
  const trader = new Trader({ ...ports, bus }, options, new Listener(probe));
  trader.onBroken = (error) => {
    throw error;
  };
  await trader.start();
  try {
    await until('the trader is ready', () => trader.health().ready);
    await run(probe);
    return [row(probe, 'ticker', suffix), row(probe, 'order', suffix)];
  } finally {
    await trader.stop('bench over');
    feeds.stop();
    drop();
  }
}

async function run(probe: Probe): Promise<void> {
  probe.beginRound();
  await until('the warm-up is over', () => probe.count('order', 'callback') >= WARM_UP);
  probe.forget();
  for (let round = 1; round <= ROUNDS; round += 1) {
    globalThis.gc?.();
    probe.beginRound();
    await until(`round ${round} is over`, () => probe.count('order', 'callback') >= round * ORDERS_PER_ROUND);
  }
  probe.pause();
}

function row(probe: Probe, kind: string, suffix: string): BenchRow {
  const rule = { budget: MESSAGE_TO_CALLBACK_US, tailBudget: TAIL_US };
  return benchRow(`${kind} message → strategy callback${suffix}`, probe.rounds(kind, 'callback'), rule);
}

function frameKind([topic]: readonly Uint8Array[]): string {
  const first = topic?.[0];
  if (first === 't'.charCodeAt(0)) return 'ticker';
  return first === 'o'.charCodeAt(0) ? 'order' : 'other';
}
