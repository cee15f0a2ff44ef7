/** Random histories of an account: what its one writer journals when random events meet a few orders, legal ones and others. */
import {
  type ClientOrderId,
  decimal,
  type Fill,
  type OrderTerms,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  usTime,
} from '@fillwright/domain';
import type { Clock, Log } from '@fillwright/runtime';
import fc from 'fast-check';
import { AccountBook } from '../../src/account/account-book.ts';
import { AccountLog, type OrderEventBody } from '../../src/account/account-log.ts';
import type { JournalRecord } from '../../src/account/record.ts';
import { decodeRecord } from '../../src/account/record-codec.ts';

export const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;
const INSTRUMENTS = [parseInstrumentId('BTCUSDT-PERP.BINANCE'), parseInstrumentId('ETHUSDT-PERP.BINANCE')] as const;
const START_US = 1_767_225_600_000_000;
const REASON = { code: 'TEST', text: 'as it happens' };

/** One thing that happens; `order` picks the order it happens to, the numbers what exactly. */
export interface Happening {
  readonly what: (typeof WHAT)[number];
  readonly order: number;
  readonly a: number;
  readonly b: number;
}

const WHAT = [
  'initialized',
  'sending',
  'outcome-unknown',
  'accepted',
  'triggered',
  'filled',
  'filled',
  'filled',
  'modify-requested',
  'cancel-requested',
  'request-sending',
  'request-refused',
  'modified',
  'canceled',
  'rejected',
  'denied',
  'stray',
  'balance',
  'mode',
  'owner',
  'venue-position',
  'recovery',
  'boot',
] as const;

export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    what: fc.oneof({ weight: 2, arbitrary: fc.constant('initialized' as const) }, { weight: 8, arbitrary: fc.constantFrom(...WHAT) }),
    order: fc.nat(6),
    a: fc.nat(9),
    b: fc.nat(9),
  }),
  { maxLength: 120 },
);

/** The records these happenings leave in a journal. */
export function historyOf(all: readonly Happening[]): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  const book = new AccountBook();
  let nowUs = START_US;
  const clock = { wallUs: () => usTime(nowUs) } as Clock;
  const journal = { append: (payload: Uint8Array) => records.push(decodeRecord(payload)) };
  const log = new AccountLog({ journal, book, clock, log: silent, publish: () => undefined });
  log.write({ k: 'boot', ts: log.now(), epoch: 1 });
  for (const happening of all) {
    nowUs += 1_000_000 * (1 + happening.b);
    happen(log, happening);
  }
  return records;
}

function happen(log: AccountLog, { what, order, a, b }: Happening): void {
  const ts = log.now();
  switch (what) {
    case 'stray':
      log.strayFill(tradeOf(order, a, b), 'EXTERNAL');
      return;
    case 'balance':
      log.write({ k: 'balance', ts, balance: { asset: a > 4 ? 'USDT' : 'BNB', wallet: `${a}.${b}`, cause: 'trade', venueTs: ts } });
      return;
    case 'mode':
      log.mode(a > 4 ? 'normal' : 'reduce-only', 'test', `because ${b}`);
      return;
    case 'owner':
      log.write({ k: 'owner', ts, tag: `q${order}`, src: `trader${a}` });
      return;
    case 'venue-position':
      log.write({ k: 'venue-position', ts, position: { instrument: INSTRUMENTS[0], qty: `${a}`, entryPrice: '1', venueTs: ts } });
      return;
    case 'recovery':
      log.write({ k: 'recovery', ts, summary: { startedTs: ts, endedTs: ts, complete: true, asked: ['x'], applied: a, dropped: b } });
      return;
    case 'boot':
      log.write({ k: 'boot', ts, epoch: a + 2 });
      return;
    case 'initialized':
      log.order(idOf(order), bodyOf(what, order, a, b));
      // Most orders get as far as the venue; random events alone would seldom bring one there.
      if (a > 2) for (const next of ['sending', 'accepted'] as const) log.order(idOf(order), bodyOf(next, order, a, b));
      return;
    default:
      log.order(idOf(order), bodyOf(what, order, a, b));
  }
}

function bodyOf(what: OrderEventBody['type'], order: number, a: number, b: number): OrderEventBody {
  const commandId = `command-${order}-${a % 3}`;
  const venueTs = usTime(START_US + 1_000 * (10 * a + b));
  switch (what) {
    case 'initialized':
      return { type: what, owner: 'q1', strategy: 's', terms: termsOf(order, a, b), external: a === 0 };
    case 'sending':
      return { type: what, attempt: 1 };
    case 'accepted':
      return { type: what, venueTs, ...(b > 7 ? { algoId: parseVenueOrderId(`7${order}${a}`) } : { venueOrderId: venueIdOf(order, a) }) };
    case 'triggered':
      return { type: what, venueTs, venueOrderId: venueIdOf(order, a) };
    case 'filled':
      return { type: what, fill: tradeOf(order, a, b) };
    case 'cancel-requested':
      return { type: what, commandId };
    case 'modify-requested':
      return { type: what, commandId, qty: decimal(`${a + 3}`) };
    case 'request-sending':
      return { type: what, commandId, attempt: 1 };
    case 'modified':
      return { type: what, qty: decimal(`${a + 3}`), price: decimal(`${b + 90}`), venueTs };
    case 'request-refused':
    case 'request-unknown':
      return { type: what, commandId, reason: REASON };
    default:
      return { type: what, reason: REASON };
  }
}

export function idOf(order: number): ClientOrderId {
  return `q1tkr3x0${order + 1}` as ClientOrderId;
}

export function venueIdOf(order: number, a: number) {
  return parseVenueOrderId(`9${order}${a % 2}`);
}

export function instrumentOf(order: number) {
  return INSTRUMENTS[order % 2] ?? INSTRUMENTS[0];
}

function termsOf(order: number, a: number, b: number): OrderTerms {
  return {
    instrument: instrumentOf(order),
    side: b > 4 ? 'buy' : 'sell',
    type: 'limit',
    timeInForce: 'GTC',
    qty: decimal(`${a + 1}`),
    price: decimal(`${b + 95}.5`),
    reduceOnly: false,
    closePosition: false,
  };
}

/** Quantities that divide badly, times that are out of order, and ids that come again. */
function tradeOf(order: number, a: number, b: number): Fill {
  return {
    instrument: instrumentOf(order),
    tradeId: parseTradeId(`${100 * order + 10 * a + b}`),
    venueOrderId: venueIdOf(order, a),
    side: b > 4 ? 'buy' : 'sell',
    qty: decimal(`0.${a + 1}`),
    price: decimal(`${97 + b}.${a}`),
    liquidity: 'maker',
    fee: decimal('0.01'),
    feeAsset: a > 4 ? 'USDT' : 'BNB',
    venueTs: usTime(START_US + 1_000 * (7 * b + a)),
    ...(a === 3 && b === 3 && { beforeLedger: true as const }),
  };
}
