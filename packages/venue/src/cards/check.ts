/** What cards assert with. A failure says what was expected, what came, and the story of the order it is about. */
import { type Decimal, decimal, decimalText, floorTo, type Instrument } from '@fillwright/domain';
import type { OrderReport } from '../reports.ts';
import type { CardBench, CardEvent, CardOrder, CardTerms, CardTrader, CardTrouble } from './bench.ts';

export class CardFailure extends Error {
  override readonly name = 'CardFailure';
}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new CardFailure(what);
}

export function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new CardFailure(`${what}: ${is} instead of ${should}`);
}

/** Equal as numbers, whatever zeros follow. */
export function expectAmount(what: string, actual: Decimal | string | undefined, expected: Decimal | string): void {
  if (actual === undefined || !amount(actual).eq(amount(expected)))
    throw new CardFailure(`${what}: ${String(actual)} instead of ${expected.toString()}`);
}

function amount(value: Decimal | string): Decimal {
  return typeof value === 'string' ? decimal(value) : value;
}

/** The letters of the acceptance specifications. */
const LETTERS: Readonly<Record<string, string>> = {
  initialized: 'I',
  denied: 'D',
  sending: 'S',
  'outcome-unknown': '?',
  accepted: 'A',
  triggered: 'T',
  rejected: 'R',
  filled: 'F',
  'cancel-requested': 'PC',
  'modify-requested': 'PU',
  modified: 'U',
  canceled: 'C',
  expired: 'X',
};

/** `I S A F`: one letter for each thing that happened, several fills in a row as one; a refused cancel is CR, a refused modify UR. */
export function storyOf(events: readonly CardEvent[]): string {
  const letters: string[] = [];
  let asked = '';
  for (const { change } of events) {
    if (change === 'cancel-requested') asked = 'C';
    if (change === 'modify-requested') asked = 'U';
    const letter = change === 'request-refused' ? `${asked}R` : change === 'request-unknown' ? `${asked}?` : LETTERS[change];
    // `request-sending` is between PC and C and tells nothing of its own.
    if (letter !== undefined && !(letter === 'F' && letters.at(-1) === 'F')) letters.push(letter);
  }
  return letters.join(' ');
}

export async function expectStory(bench: CardBench, trader: CardTrader, id: string, ...stories: readonly string[]): Promise<void> {
  const story = (): string => storyOf(trader.events(id));
  const last = () => trader.events(id).at(-1);
  try {
    await bench.until(`the story ${stories.join(' or ')}`, () => stories.includes(story()));
  } catch (error) {
    throw new CardFailure(`story ${story()} instead of ${stories.join(' or ')}; last: ${JSON.stringify(last())}`, { cause: error });
  }
}

/** Accepted, and taken back again. The confirmation of a trigger order's cancel does not name the order: where the stream is later, it is looked up. */
export function expectCanceled(bench: CardBench, { clientOrderId, algoId }: CardOrder): Promise<void> {
  return expectStory(bench, bench.trader, clientOrderId, 'I S A PC C', ...(algoId === undefined ? [] : ['I S A PC C? C']));
}

/** The order once it is in one of these phases. */
export async function reached(
  bench: CardBench,
  trader: CardTrader,
  id: string,
  phases: readonly string[],
  withinMs?: number,
): Promise<CardOrder> {
  const look = () => {
    const order = trader.order(id);
    return order !== undefined && phases.includes(order.phase) && order;
  };
  try {
    return await bench.until(`${id} is ${phases.join(' or ')}`, look, withinMs);
  } catch (error) {
    const { phase, reason } = trader.order(id) ?? { phase: 'never heard of', reason: undefined };
    throw new CardFailure(
      `${id} is ${phase} instead of ${phases.join(' or ')}; story ${storyOf(trader.events(id))}; ${JSON.stringify(reason)}`,
      { cause: error },
    );
  }
}

/** "Not found" is proof only beyond the time in which the venue may still act, asked twice. */
export const PROOF_MS = 45_000;

/** What became of an order that `lie` was told about: done, or refused as never found; sent once, whatever was said. */
export async function expectFate(bench: CardBench, id: string, lie: string, isDone: boolean): Promise<void> {
  const trouble = troubleOf(bench);
  const { reason } = await reached(bench, bench.trader, id, isDone ? ['new'] : ['rejected'], PROOF_MS);
  const story = storyOf(bench.trader.events(id));
  if (isDone) expect(['I S A', 'I S ? A'].includes(story), `${lie}: ${story}`);
  else expectSame(lie, [story, reason?.code], ['I S ? R', 'NOT_FOUND']);
  expectSame(`${lie}: requests at the venue`, await trouble.received('submit', id), isDone ? 1 : 0);
  expectSame(`${lie}: orders at the venue`, await trouble.takenOn(id), isDone ? 1 : 0);
}

/** Places an order that stays, and waits for the venue's word. */
export async function resting(bench: CardBench, terms: CardTerms, trader = bench.trader): Promise<CardOrder> {
  return reached(bench, trader, trader.place(terms), ['new']);
}

/** As soon as the engine lets it; until then it says why not. */
export async function tradesAgain(bench: CardBench, withinMs = 30_000): Promise<void> {
  let why = 'nothing';
  const accepted = async (): Promise<boolean> => {
    const id = bench.trader.place({ side: 'buy', type: 'limit', qty: decimalText(bench.qty), price: await awayBy(bench, 'buy', 2) });
    const { phase, reason } = await reached(bench, bench.trader, id, ['new', 'rejected', 'denied']);
    why = JSON.stringify(reason);
    return phase === 'new';
  };
  try {
    await bench.until('an order is accepted again', accepted, withinMs);
  } catch (error) {
    throw new CardFailure(`no order is accepted again within ${withinMs} ms; last: ${why}`, { cause: error });
  }
}

export function troubleOf(bench: CardBench): CardTrouble {
  if (bench.trouble === undefined) throw new CardFailure('this card needs a venue that does wrong when told to');
  return bench.trouble;
}

/** The order as the venue itself tells it, asked anew. */
export async function atVenue(bench: CardBench, order: CardOrder): Promise<OrderReport> {
  const answer = await bench.adapter.lookUpOrder({
    instrument: bench.instrument.id,
    clientOrderId: order.clientOrderId,
    conditional: order.trigger !== undefined,
  });
  if (answer.type === 'answered') return answer.value;
  throw new CardFailure(`the venue tells nothing of ${order.clientOrderId}: ${JSON.stringify(answer)}`);
}

/** Price, quantity, side, type and time in force at the engine and at the venue are what was asked for. */
export async function expectTermsEverywhere(bench: CardBench, order: CardOrder, wanted: CardTerms): Promise<void> {
  const { terms } = await atVenue(bench, order);
  const told = [order.side, order.type, order.timeInForce];
  expectSame('the engine tells', told, [wanted.side, wanted.type, wanted.timeInForce ?? 'GTC']);
  expectSame('the venue has', [terms.side, terms.type], [wanted.side, wanted.type]);
  if (wanted.type === 'limit') expectSame('time in force at the venue', terms.timeInForce, wanted.timeInForce ?? 'GTC');
  expectAmount('quantity in the engine', order.qty, wanted.qty);
  expectAmount('quantity at the venue', terms.qty, wanted.qty);
  if (wanted.price !== undefined) {
    expectAmount('price in the engine', order.price, wanted.price);
    expectAmount('price at the venue', terms.price, wanted.price);
  }
  if (wanted.trigger?.price !== undefined) {
    expectAmount('trigger in the engine', order.trigger?.price, wanted.trigger.price);
    expectAmount('trigger at the venue', terms.trigger?.price, wanted.trigger.price);
  }
}

/** Signed position in the engine's own books. */
export async function enginePosition(bench: CardBench): Promise<Decimal> {
  const { positions } = await bench.engine.account();
  return decimal(positions.find(({ instrument }) => instrument === bench.instrument.id)?.qty ?? '0');
}

/** Signed position and its average entry as the venue has them. */
export async function venuePosition(bench: CardBench): Promise<{ readonly qty: Decimal; readonly entryPrice: Decimal }> {
  const answer = await bench.adapter.positions();
  if (answer.type === 'failed') throw new CardFailure(`the venue told no positions: ${answer.reason.text}`);
  return answer.value.find(({ instrument }) => instrument === bench.instrument.id) ?? { qty: decimal('0'), entryPrice: decimal('0') };
}

export async function expectPosition(bench: CardBench, expected: Decimal): Promise<void> {
  await bench.until(`position ${decimalText(expected)} in the engine`, async () => (await enginePosition(bench)).eq(expected));
  expectAmount('position at the venue', (await venuePosition(bench)).qty, expected);
}

/** A price so many percent away from the best one on the side where an order of this side rests; negative = through the market. */
export async function awayBy(bench: CardBench, side: 'buy' | 'sell', percent: number): Promise<string> {
  const { bid, ask } = await bench.quote();
  const factor = decimal('100').plus(decimal(String(side === 'buy' ? -percent : percent)));
  return onTick(bench.instrument, (side === 'buy' ? bid : ask).times(factor).div(decimal('100')));
}

/** One tick better than the best of this side: the first to trade, and not a taker. */
export async function inside(bench: CardBench, side: 'buy' | 'sell'): Promise<string> {
  const { bid, ask } = await bench.quote();
  const { tickSize } = bench.instrument;
  const price = side === 'buy' ? bid.plus(tickSize) : ask.minus(tickSize);
  expect(price.gt(bid) && price.lt(ask), `there is no room between ${bid.toFixed()} and ${ask.toFixed()}`);
  return decimalText(price);
}

function onTick({ tickSize }: Instrument, price: Decimal): string {
  return decimalText(floorTo(price, tickSize));
}
