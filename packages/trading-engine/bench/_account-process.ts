/** A process that fills or opens the storage of an account, so that time and memory are those of a real start. Told what to do by arguments. */
import { type ClientOrderId, decimal, type Fill, parseInstrumentId, parseTradeId, parseVenueOrderId, usTime } from '@fillwright/domain';
import { createMetrics, createNodeDisk, createSqliteStore, createSystemClock, type Log, type Ports } from '@fillwright/runtime';
import { AccountBook } from '../src/account/account-book.ts';
import { AccountLog } from '../src/account/account-log.ts';
import { Storage } from '../src/account/storage.ts';
import { type CauseCounts, SlowCauses } from './_slow-causes.ts';

const INSTRUMENTS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map((symbol) => parseInstrumentId(`${symbol}-PERP.BINANCE`));
const EVENTS_PER_ORDER = 4;
const LIVE = 200;
const YIELD_EVERY = 500;
/** Ten times as often as in production. */
const SNAPSHOT_MS = 3_000;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function storageOf(folder: string, book: AccountBook, snapshotMs = 30_000): Storage {
  const clock = createSystemClock();
  const ports = { clock, disk: createNodeDisk(folder), store: createSqliteStore(folder), log: silent, metrics: createMetrics() };
  // The storage asks for no more than these.
  return new Storage(ports as unknown as Ports, { journalFolder: 'journal', snapshotMs }, book);
}

/** As a desk would: three of four orders fill, the others are cancelled, a few stay open. */
async function write(folder: string, events: number): Promise<void> {
  const book = new AccountBook();
  const storage = storageOf(folder, book);
  const clock = createSystemClock();
  const log = new AccountLog({ journal: storage.journal, book, clock, log: silent, publish: () => undefined });
  log.write({ k: 'boot', ts: clock.wallUs(), epoch: 1 });
  log.write({ k: 'owner', ts: clock.wallUs(), tag: 'q1', src: 'trader' });
  const orders = Math.floor(events / EVENTS_PER_ORDER);
  for (let index = 0; index < orders; index += 1) {
    trade(log, index, index >= orders - LIVE);
    // The index of closed orders is written between two turns of the loop.
    if (index % YIELD_EVERY === 0) await new Promise(setImmediate);
  }
  storage.keeper.stop();
  storage.keeper.takeLast();
  storage.close();
}

function trade(log: AccountLog, index: number, staysOpen: boolean): void {
  const id = `q1tkr3x0${index.toString(36)}` as ClientOrderId;
  const instrument = INSTRUMENTS[index % INSTRUMENTS.length] ?? parseInstrumentId('BTCUSDT-PERP.BINANCE');
  const side = index % 2 === 0 ? 'buy' : 'sell';
  const qty = decimal('0.012');
  const price = decimal(`${60_000 + (index % 500)}.1`);
  const terms = { instrument, side, type: 'limit', timeInForce: 'GTX', qty, price, reduceOnly: false, closePosition: false } as const;
  const venueOrderId = parseVenueOrderId(String(8_000_000_000 + index));
  const venueTs = usTime(log.now());
  log.order(id, { type: 'initialized', owner: 'q1', strategy: 'quoter', terms, external: false }, `trader-1767225600-${index}`);
  log.order(id, { type: 'sending', attempt: 1 });
  log.order(id, { type: 'accepted', venueOrderId, venueTs });
  if (staysOpen) return;
  const fill: Fill = {
    ...{ instrument, side, qty, price, venueOrderId, venueTs, clientOrderId: id },
    ...{ tradeId: parseTradeId(String(5_000_000_000 + index)), liquidity: 'maker', fee: decimal('0.144'), feeAsset: 'USDT' },
  };
  if (index % 4 === 0) log.order(id, { type: 'canceled', reason: { code: 'VENUE_CANCELED', text: 'canceled at the venue' }, venueTs });
  else log.order(id, { type: 'filled', fill });
}

export interface Opened {
  readonly us: number;
  readonly maxRssMb: number;
  readonly pos: number;
  readonly live: number;
}

function open(folder: string): Opened {
  const book = new AccountBook();
  const startUs = performance.now() * 1000;
  const storage = storageOf(folder, book);
  const us = performance.now() * 1000 - startUs;
  const opened = { us, maxRssMb: process.resourceUsage().maxRSS / 1024, pos: book.lastPos, live: book.liveCount };
  storage.close();
  return opened;
}

export interface Commanded {
  /** Command received → its record is written and folded, per order. */
  readonly journalUs: readonly number[];
  /** Everything else the loop did between two orders: index of closed orders, snapshots, timers, collector. */
  readonly betweenUs: readonly number[];
  /** Of the slowest thousandth of `journalUs`. */
  readonly causes: CauseCounts;
  /** Those of `journalUs` during which no other process had the core: what is ours. */
  readonly undisturbedUs: readonly number[];
}

/** One order per turn of the loop, while the keeper does what it does all day. */
async function command(folder: string, orders: number): Promise<Commanded> {
  const book = new AccountBook();
  const storage = storageOf(folder, book, SNAPSHOT_MS);
  const clock = createSystemClock();
  let writtenUs = 0;
  let onWritten: () => void = () => undefined;
  const journal = {
    append: (payload: Uint8Array) => {
      const pos = storage.journal.append(payload);
      if (writtenUs === 0) {
        writtenUs = performance.now() * 1000;
        onWritten();
      }
      return pos;
    },
  };
  const log = new AccountLog({ journal, book, clock, log: silent, publish: () => undefined });
  storage.keeper.start();
  const journalUs: number[] = [];
  const betweenUs: number[] = [];
  const causes = new SlowCauses();
  for (let index = 0; index < orders; index += 1) {
    causes.begin();
    const receivedUs = performance.now() * 1000;
    writtenUs = 0;
    onWritten = () => causes.end(receivedUs, writtenUs - receivedUs);
    trade(log, index, index % 1_000 === 0);
    journalUs.push(writtenUs - receivedUs);
    const endedUs = performance.now() * 1000;
    await new Promise(setImmediate);
    betweenUs.push(performance.now() * 1000 - endedUs);
  }
  storage.close();
  return { journalUs, betweenUs, causes: causes.counts(), undisturbedUs: causes.undisturbedUs() };
}

const [task, folder = '', events = '0'] = process.argv.slice(2);
if (task === 'write') await write(folder, Number(events));
else if (task === 'command') process.send?.(await command(folder, Number(events)));
else process.send?.(open(folder));
