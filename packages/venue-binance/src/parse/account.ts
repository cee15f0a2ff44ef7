/** Balances, positions and the position mode over REST. */
import type { InstrumentId } from '@fillwright/domain';
import type { BalanceReport, PositionReport } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import { type Parsed, parsed, parseEach } from '../common/parsed.ts';
import { tryInstrumentOf } from '../common/symbol.ts';

export function parseBalances(raw: unknown): Parsed<readonly BalanceReport[]> {
  return parseEach(raw, 'balances', (row) => {
    const fields = new Fields(row, 'balance');
    return fields.result({
      asset: fields.text('asset'),
      wallet: fields.decimal('balance'),
      cause: 'snapshot' as const,
      venueTs: fields.time('updateTime'),
    });
  });
}

/**
 * All positions of an account in one-way mode. A LONG or SHORT row with a quantity is refused: read as one-way it would be a phantom.
 * The venue lists only symbols with a position or open orders: a symbol that is not in a complete answer is flat.
 */
export function parsePositions(raw: unknown): Parsed<readonly PositionReport[]> {
  const rows = parseEach(raw, 'positions', parsePosition);
  return rows.type === 'malformed' ? rows : parsed(rows.value.filter((row) => row !== undefined));
}

function parsePosition(row: unknown): Parsed<PositionReport | undefined> {
  const fields = new Fields(row, 'position');
  const report = {
    instrument: fields.instrument('symbol'),
    qty: fields.decimal('positionAmt'),
    entryPrice: fields.decimal('entryPrice'),
    venueTs: fields.time('updateTime'),
  };
  const side = fields.text('positionSide');
  if (side === 'BOTH') return fields.result(report);
  if (!report.qty.isZero()) fields.reject(`side ${side} of ${report.instrument} holds ${report.qty}: the account is in hedge mode`);
  return fields.result(undefined);
}

/** What each row of the income history is about; transfers and the like, and symbols that are none of ours to trade, are about nothing. */
export function parseIncomeInstruments(raw: unknown): Parsed<readonly (InstrumentId | undefined)[]> {
  return parseEach(raw, 'income', (row) => {
    const fields = new Fields(row, 'income');
    return fields.result(fields.has('symbol') ? tryInstrumentOf(fields.text('symbol')) : undefined);
  });
}

/** Whether the account is in hedge mode. */
export function parseHedgeMode(raw: unknown): Parsed<boolean> {
  const fields = new Fields(raw, 'position mode');
  const value = fields.raw('dualSidePosition');
  if (typeof value !== 'boolean') fields.reject('dualSidePosition must be true or false');
  return fields.result(value === true);
}
