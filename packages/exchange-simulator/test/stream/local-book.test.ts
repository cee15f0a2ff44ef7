import { describe, expect, it } from '@jest/globals';
import { type FakeSocket, type Loose, TestVenue } from '../kit.ts';

/** The documented way to keep a book; `lenient` also takes a frame that follows the snapshot directly (`pu == id`), as ccxt does. */
class LocalBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  readonly #lenient: boolean;
  #buffer: Loose[] = [];
  #snapshotId: number | undefined;
  #lastId: number | undefined;
  restarts = 0;

  constructor(lenient: boolean) {
    this.#lenient = lenient;
  }

  feed(frames: readonly Loose[], snapshot: () => Loose): void {
    this.#buffer.push(...frames);
    if (this.#buffer.length === 0) return;
    if (this.#snapshotId === undefined) {
      const { lastUpdateId, bids, asks } = snapshot();
      this.#snapshotId = lastUpdateId;
      this.#lastId = undefined;
      for (const [side, rows] of [
        [this.bids, bids],
        [this.asks, asks],
      ] as const) {
        // biome-ignore format: a pair
        side.clear();
        for (const [price, quantity] of rows) side.set(price, quantity);
      }
    }
    for (const frame of this.#buffer.splice(0)) this.#apply(frame);
  }

  #apply(frame: Loose): void {
    const id = this.#snapshotId;
    if (id === undefined || frame.u < id) return;
    const joins =
      this.#lastId === undefined ? (frame.U <= id && id <= frame.u) || (this.#lenient && frame.pu === id) : frame.pu === this.#lastId;
    if (!joins) {
      this.restarts += 1;
      this.#snapshotId = undefined;
      return;
    }
    this.#lastId = frame.u;
    for (const [side, rows] of [
      [this.bids, frame.b],
      [this.asks, frame.a],
    ] as const) {
      // biome-ignore format: a pair
      for (const [price, quantity] of rows) {
        if (Number(quantity) === 0) side.delete(price);
        else side.set(price, quantity);
      }
    }
  }
}

describe('a book kept by a client', () => {
  it.each([
    ['documented', false],
    ['lenient', true],
  ])(
    'equals the venue’s by the %s algorithm, through 10 000 changes and reconnects',
    async (_, lenient) => {
      const test = await TestVenue.open();
      const snapshot = () =>
        test.now(
          test.raw(
            'GET',
            '/fapi/v1/depth?symbol=BTCUSDT&limit=1000',
            {},
            '',
            5080,
            `10.1.${Math.floor(test.clock.nowMs / 60_000) % 256}.1`,
          ),
        ).json;
      const book = test.venue.engine.market('BTCUSDT')?.book;
      let changes = 0;
      test.venue.engine.market('BTCUSDT')?.onDepth(() => {
        changes += 1;
      });
      let local = new LocalBook(lenient);
      let socket: FakeSocket = test.connect('/public/ws/btcusdt@depth@100ms');
      let rounds = 0;
      while (changes < 10_000) {
        rounds += 1;
        if (rounds % 97 === 0) {
          socket.end(1006, 'cut');
          socket = test.connect('/public/ws/btcusdt@depth@100ms');
          local = new LocalBook(lenient);
        }
        test.clock.advance(100);
        local.feed(socket.take(), snapshot);
        if (rounds % 97 === 96) {
          test.control('POST', 'flow', { state: 'off' });
          test.clock.advance(200);
          local.feed(socket.take(), snapshot);
          const truth = snapshot();
          const sorted = (side: Map<string, string>, sign: number) => [...side].sort(([a], [b]) => (Number(a) - Number(b)) * sign);
          expect(sorted(local.bids, -1)).toEqual(truth.bids);
          expect(sorted(local.asks, 1)).toEqual(truth.asks);
          expect(truth.bids.length).toBe(book?.bids.size);
          expect(local.restarts).toBeLessThan(5);
          test.control('POST', 'flow', { state: 'on' });
        }
      }
    },
    60_000,
  );
});
