/** D01–D72: public data as a market adapter tells it. */
import { type Decimal, decimal, isMultipleOf } from '@fillwright/domain';
import type { CardBench, MarketWatch } from './bench.ts';
import { type Card, card, skipped, troubleCard } from './card.ts';
import { CardFailure, expect, expectSame, troubleOf } from './check.ts';

const LEVELS = 20;
const FIRST_WORD_MS = 20_000;

async function watching(bench: CardBench, look: (watch: MarketWatch) => Promise<void>, levels = LEVELS): Promise<void> {
  const watch = await bench.watchMarket(levels);
  try {
    await look(watch);
  } finally {
    await watch.close();
  }
}

/** So many of them, and each is what it should be. */
async function each<T>(
  bench: CardBench,
  what: string,
  seen: () => readonly T[],
  count: number,
  check: (one: T, before: T | undefined) => void,
) {
  await bench.until(`${count} ${what}`, () => seen().length >= count, FIRST_WORD_MS);
  seen().forEach((one, index) => {
    check(one, seen()[index - 1]);
  });
}

function positive(what: string, value: Decimal): void {
  expect(value.isPositive() && !value.isZero(), `${what} is ${value.toFixed()}`);
}

async function instruments(bench: CardBench): Promise<void> {
  const all = await bench.instruments();
  expect(all.length > 0, 'no instruments');
  for (const { id, tickSize, lotSize, minPrice, maxPrice, minQty, maxQty, pricePrecision, qtyPrecision } of all) {
    positive(`tick of ${id}`, tickSize);
    positive(`lot of ${id}`, lotSize);
    expect(minPrice.lt(maxPrice) && minQty.lt(maxQty), `${id}: the least is not below the most`);
    expect(tickSize.decimalPlaces() <= pricePrecision && lotSize.decimalPlaces() <= qtyPrecision, `${id}: steps finer than the precision`);
  }
  expectSame('ids are different', new Set(all.map(({ id }) => id)).size, all.length);
}

async function oneInstrument(bench: CardBench): Promise<void> {
  const found = (await bench.instruments()).find(({ id }) => id === bench.instrument.id);
  expect(found !== undefined, `${bench.instrument.id} is not listed`);
  expect(found.trading, `${found.id} is not trading`);
  expectSame(
    'symbol, quote and settlement',
    [found.symbol, found.quoteAsset, found.settleAsset],
    [...[bench.instrument.symbol, bench.instrument.quoteAsset, bench.instrument.settleAsset]],
  );
}

type Depth = MarketWatch['depths'][number];

function ordered({ bids, asks }: Depth): void {
  const prices = (levels: Depth['bids']) => levels.map(([price]) => decimal(price));
  const [bid, ask] = [prices(bids), prices(asks)];
  bid.forEach((price, index) => void expect(index === 0 || price.lt(bid[index - 1] ?? price), 'bids do not descend'));
  ask.forEach((price, index) => void expect(index === 0 || price.gt(ask[index - 1] ?? price), 'asks do not ascend'));
  if (bid[0] !== undefined && ask[0] !== undefined)
    expect(bid[0].lt(ask[0]), `the book is crossed: ${bid[0].toFixed()}/${ask[0].toFixed()}`);
  for (const [, qty] of [...bids, ...asks]) positive('a quantity in the book', decimal(qty));
}

async function deltas(bench: CardBench): Promise<void> {
  await watching(bench, async ({ depths }) => {
    const differ = (side: 'bids' | 'asks') => new Set(depths.map((depth) => JSON.stringify(depth[side]))).size > 1;
    await bench.until('changes of both sides of the book', () => differ('bids') && differ('asks'), FIRST_WORD_MS);
  });
}

async function depthOf(bench: CardBench, levels: number): Promise<void> {
  await watching(
    bench,
    async ({ depths }) => {
      await each(
        bench,
        'books',
        () => depths,
        5,
        (depth) => {
          expect(depth.bids.length <= levels && depth.asks.length <= levels, `more than ${levels} levels`);
          ordered(depth);
        },
      );
      expect(
        depths.some(({ bids, asks }) => bids.length === levels && asks.length === levels),
        `never ${levels} levels on both sides`,
      );
    },
    levels,
  );
}

async function snapshot(bench: CardBench): Promise<void> {
  await watching(bench, async ({ depths, links, instrument }) => {
    await bench.until('the book is in sync', () => links.some(({ name, up }) => up && name === `book ${instrument}`), FIRST_WORD_MS);
    await each(bench, 'book', () => depths, 1, ordered);
  });
}

async function managedBook(bench: CardBench): Promise<void> {
  await watching(bench, async ({ depths, tickers }) => {
    await each(
      bench,
      'books',
      () => depths,
      20,
      (depth, before) => {
        ordered(depth);
        expect(depth.bids.length > 0 && depth.asks.length > 0, 'a side is empty');
        if (before !== undefined) expect(BigInt(depth.updateId) >= BigInt(before.updateId), 'the book went back');
      },
    );
    await bench.until('a quote', () => tickers.length > 0, FIRST_WORD_MS);
  });
}

async function quotes(bench: CardBench): Promise<void> {
  await watching(bench, async ({ tickers, instrument }) => {
    await each(
      bench,
      'quotes',
      () => tickers,
      5,
      (ticker) => {
        expectSame('instrument', ticker.instrument, instrument);
        expect(ticker.bid.lt(ticker.ask), `bid ${ticker.bid.toFixed()}, ask ${ticker.ask.toFixed()}`);
        positive('bid quantity', ticker.bidQty);
        positive('ask quantity', ticker.askQty);
      },
    );
  });
}

async function trades(bench: CardBench): Promise<void> {
  const instrument = (await bench.instruments()).find(({ id }) => id !== bench.instrument.id) ?? bench.instrument;
  await watching(bench, async (watch) => {
    const tick = watch.instrument === instrument.id ? instrument.tickSize : undefined;
    await each(
      bench,
      'trades',
      () => watch.trades,
      3,
      (trade, before) => {
        positive('price', trade.price);
        positive('quantity', trade.qty);
        if (tick !== undefined) expect(isMultipleOf(trade.price, tick), `${trade.price.toFixed()} is not on the tick`);
        expect(trade.aggressor === 'buy' || trade.aggressor === 'sell', `aggressor ${trade.aggressor}`);
        if (before !== undefined) {
          expect(BigInt(trade.tradeId) > BigInt(before.tradeId), `trade ${trade.tradeId} after ${before.tradeId}`);
          expect(trade.venueTs >= before.venueTs, 'time went back');
        }
      },
    );
  });
}

type Mark = MarketWatch['marks'][number];

async function marked(bench: CardBench, check: (mark: Mark, near: Decimal) => void): Promise<void> {
  await watching(bench, async ({ marks, tickers }) => {
    await bench.until('a quote', () => tickers.length > 0, FIRST_WORD_MS);
    const near = tickers[0]?.bid;
    if (near === undefined) throw new CardFailure('no quote');
    await each(
      bench,
      'mark',
      () => marks,
      1,
      (mark) => check(mark, near),
    );
  });
}

function near(what: string, value: Decimal, price: Decimal): void {
  expect(value.minus(price).abs().lt(price.times('0.05')), `${what} ${value.toFixed()}, the market is at ${price.toFixed()}`);
}

function funding({ fundingRate, nextFundingTs, venueTs }: Mark): void {
  expect(fundingRate.abs().lt('0.05'), `funding rate ${fundingRate.toFixed()}`);
  expect(nextFundingTs > venueTs, 'the next funding is in the past');
}

async function haltIsSeen(bench: CardBench): Promise<void> {
  const trouble = troubleOf(bench);
  const trading = async (): Promise<boolean | undefined> =>
    (await bench.instruments()).find(({ id }) => id === bench.instrument.id)?.trading;
  await trouble.halt(true);
  expectSame('trading while it is halted', await trading(), false);
  await trouble.halt(false);
  expectSame('trading after the halt', await trading(), true);
}

async function silentAfterClose(bench: CardBench): Promise<void> {
  const watch = await bench.watchMarket(LEVELS);
  await bench.until('data', () => watch.tickers.length > 2, FIRST_WORD_MS);
  await watch.close();
  const count = () => [watch.tickers, watch.depths, watch.trades, watch.marks].reduce((sum, { length }) => sum + length, 0);
  const before = count();
  // Others go on to hear: the market did not stop.
  await watching(bench, async ({ tickers }) => void (await bench.until('data elsewhere', () => tickers.length > 10, FIRST_WORD_MS)));
  expectSame('heard after the end', count() - before, 0);
}

async function onlyWhatWasAskedFor(bench: CardBench): Promise<void> {
  await watching(bench, async ({ tickers, depths, marks, instrument }) => {
    await bench.until('data', () => tickers.length > 5 && depths.length > 5 && marks.length > 0, FIRST_WORD_MS);
    const heard = new Set([...tickers, ...depths, ...marks].map((one) => one.instrument));
    expectSame('instruments heard of', [...heard], [instrument]);
  });
}

const LIVE_ONLY = 'the engine trades on live data; nothing asks the adapter for history';

export const MARKET_DATA_CARDS: readonly Card[] = [
  card('D01', 'Request instruments', instruments),
  ...skipped(
    ['D02'],
    'Subscribe instrument',
    'the venue has no stream of its rules; the engine reads them again when one is refused (D60)',
  ),
  card('D03', 'Load one instrument', oneInstrument),
  card('D10', 'Book deltas', deltas),
  ...skipped(['D11'], 'Book at interval', 'every change is told, none is held back for an interval'),
  card('D12', 'Depth-10', (bench) => depthOf(bench, 10)),
  card('D13', 'One book snapshot', snapshot),
  card('D14', 'Managed book', managedBook),
  ...skipped(['D15'], 'Historical deltas', LIVE_ONLY),
  card('D20', 'Quotes live', quotes),
  ...skipped(['D21'], 'Quotes historical', LIVE_ONLY),
  card('D30', 'Trades live', trades),
  ...skipped(['D31'], 'Trades historical', LIVE_ONLY),
  ...skipped(['D40', 'D41'], 'Bars', 'the adapter tells no bars'),
  card('D50', 'Mark price', (bench) => marked(bench, ({ mark }, price) => near('mark', mark, price))),
  card('D51', 'Index price', (bench) => marked(bench, ({ index }, price) => near('index', index, price))),
  card('D52', 'Funding live', (bench) => marked(bench, funding)),
  ...skipped(['D53'], 'Funding historical', LIVE_ONLY),
  troubleCard('D60', 'Instrument status', haltIsSeen),
  ...skipped(['D61'], 'Close price', 'perpetuals do not close'),
  ...skipped(['D62', 'D63'], 'Option greeks, chain', 'USDⓈ-M futures have no options'),
  card('D70', 'Unsubscribe on stop', silentAfterClose),
  card('D71', 'Custom parameters: depth of the book', (bench) => depthOf(bench, 5)),
  card('D72', 'Custom parameters: only the symbols asked for', onlyWhatWasAskedFor),
];
