/** What reading a frame and making a signed order cost, above `JSON.parse` and a bare HMAC on the same bytes in the same run. */
import { createHmac } from 'node:crypto';
import { Secret } from '@fillwright/runtime/ports';
import { queryText } from '../src/common/query-text.ts';
import { createSigner } from '../src/common/sign.ts';
import { placeParams } from '../src/http/order-params.ts';
import { readMarketFrame } from '../src/parse/market-frame.ts';
import { readUserFrame } from '../src/parse/user-frame.ts';
import { ID, LIMIT_BUY } from '../test/adapter-world.ts';
import { orderUpdate } from '../test/payloads.ts';

export interface BenchRow {
  readonly name: string;
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  /** p50 of the bare baseline. */
  readonly baseline: number;
  readonly ratio: number;
  /** For p50. */
  readonly budget?: number;
  readonly ok: boolean;
}

const ROUNDS = 100_000;
const WARM_UP = 20_000;
const SECRET = 's'.repeat(64);

const ORDER_FRAME = JSON.stringify(orderUpdate()).replace('812345678901', '8389765739703626001');
const TICKER_FRAME = JSON.stringify({
  ...{ e: 'bookTicker', u: 400_900_217, E: 1_794_400_000_002, T: 1_794_400_000_001, s: 'BTCUSDT' },
  ...{ b: '92000.1', B: '3.1', a: '92000.2', A: '4', st: 1 },
});

/** Budgets are a fifth of what DESIGN §9 gives the whole way from frame to `send`. */
export function hotPathBench(): readonly BenchRow[] {
  const { sign } = createSigner(new Secret(SECRET));
  const payload = 'symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943';
  return [
    row(
      'private order frame, 19-digit id',
      () => readUserFrame(ORDER_FRAME, () => 'USDT'),
      () => JSON.parse(ORDER_FRAME),
      10,
    ),
    row(
      'book ticker frame',
      () => readMarketFrame(TICKER_FRAME),
      () => JSON.parse(TICKER_FRAME),
      10,
    ),
    row(
      'order to signed query',
      () => signedOrder(sign),
      () => createHmac('sha256', SECRET).update(payload).digest('hex'),
      10,
    ),
  ];
}

function signedOrder(sign: (payload: string) => string): string {
  const params = placeParams({ clientOrderId: ID, terms: LIMIT_BUY }, 'EXPIRE_MAKER');
  return params.type === 'parsed' ? sign(queryText({ ...params.value, recvWindow: '5000', timestamp: '1591702613943' })) : '';
}

function row(name: string, work: () => unknown, bare: () => unknown, budget: number): BenchRow {
  const taken = samples(work);
  const at = (sorted: Float64Array, share: number): number => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  const baseline = at(samples(bare), 0.5);
  const p50 = at(taken, 0.5);
  const tail = { p99: at(taken, 0.99), p999: at(taken, 0.999) };
  return { name, n: taken.length, p50, ...tail, unit: 'us', baseline, ratio: rounded(p50 / baseline), budget, ok: p50 <= budget };
}

/** Microseconds of each call, ascending. */
function samples(work: () => unknown): Float64Array {
  for (let index = 0; index < WARM_UP; index += 1) work();
  const taken = new Float64Array(ROUNDS);
  for (let index = 0; index < ROUNDS; index += 1) {
    const start = performance.now();
    work();
    taken[index] = (performance.now() - start) * 1000;
  }
  return taken.sort();
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
