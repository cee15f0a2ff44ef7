/**
 * Each trade is booked once in the engine's journal, as the venue made it; none is missing at the end, none is made up. Positions are the
 * sum of trades, and the wallet moves by their profits and fees alone.
 */
import { type Decimal, decimal, decimalText, ZERO } from '@fillwright/domain/decimal';
import { instrumentOf } from './account-books.ts';
import type { MakeCheck } from './check.ts';
import type { Journaled, SeenFill, VenueLine } from './evidence.ts';

interface Booked {
  readonly pos: number;
  readonly fill: SeenFill;
}

/** Both halves of a self-trade carry the same trade id. */
function keyOf(instrument: string, tradeId: string, side: string): string {
  return `${instrument} trade ${tradeId} ${side.toLowerCase()}`;
}

export const fills: MakeCheck = (report, { engine, exchange, venueAccount }) => {
  const booked = new Map<string, Booked>();
  const made = new Map<string, VenueLine['line']>();
  /** Instrument → Σ signed quantity. */
  const sums = new Map<string, Decimal>();

  const journaled = (us: number, pos: number, fill: SeenFill): void => {
    const key = keyOf(fill.instrument, fill.tradeId, fill.side);
    const first = booked.get(key);
    if (first !== undefined) report(us, `${key} was booked at ${first.pos} and again at ${pos}`);
    if (fill.synthetic) report(us, `${key} was made up: ${fill.qty} at ${fill.price}`);
    booked.set(key, { pos, fill });
  };

  const traded = (us: number, line: VenueLine['line']): void => {
    const instrument = instrumentOf(String(line.symbol), exchange);
    const key = keyOf(instrument, String(line.tradeId), String(line.side));
    if (made.has(key)) report(us, `the venue made ${key} twice`);
    made.set(key, line);
    const qty = decimal(String(line.qty));
    sums.set(instrument, (sums.get(instrument) ?? ZERO).plus(line.side === 'BUY' ? qty : qty.negated()));
  };

  const compare = (us: number, key: string, line: VenueLine['line']): void => {
    const fill = booked.get(key)?.fill;
    if (fill === undefined) {
      report(us, `${key} of ${line.qty} at ${line.price} was never booked`);
      return;
    }
    for (const field of ['qty', 'price', 'fee'] as const) {
      const said = String(line[field]);
      if (!decimal(fill[field]).eq(decimal(said))) report(us, `${key}: ${field} is ${said} at the venue, ${fill[field]} in the journal`);
    }
    if (fill.clientOrderId !== undefined && fill.clientOrderId !== line.clientId)
      report(us, `${key} belongs to ${line.clientId}, and is booked on ${fill.clientOrderId}`);
  };

  return {
    see: (evidence) => {
      if (evidence.type === 'journaled' && evidence.process === engine) {
        const fill = fillOf(evidence);
        if (fill !== undefined) journaled(evidence.us, evidence.pos, fill);
      }
      if (evidence.type !== 'venue' || evidence.line.account !== venueAccount) return;
      if (evidence.line.type === 'fill') traded(evidence.us, evidence.line);
      if (evidence.line.type === 'final-position') {
        const instrument = instrumentOf(String(evidence.line.symbol), exchange);
        const [sum, amount] = [decimalText(sums.get(instrument) ?? ZERO), decimalText(decimal(String(evidence.line.amount)))];
        if (sum !== amount) report(evidence.us, `the venue holds ${amount} of ${instrument}, its own trades sum up to ${sum}`);
      }
    },
    end: (us) => {
      for (const [key, line] of made) compare(us, key, line);
      for (const [key, { fill }] of booked)
        if (!made.has(key) && !fill.synthetic) report(us, `${key} was booked, and the venue never made it`);
    },
  };
};

function fillOf({ record }: Journaled): SeenFill | undefined {
  return record.fill ?? record.change?.fill;
}
