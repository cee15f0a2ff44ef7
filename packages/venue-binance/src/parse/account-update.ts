/** ACCOUNT_UPDATE: wallet balances and positions that changed, and why. Unknown reasons are kept as `other`. */
import type { BalanceReport, VenueEvent } from '@fillwright/venue';
import { Fields } from '../common/fields.ts';
import { malformed, type Parsed, parsed, parseEach } from '../common/parsed.ts';

const CAUSE_WORDS: Readonly<Record<string, BalanceReport['cause']>> = {
  ORDER: 'trade',
  FUNDING_FEE: 'funding',
  SPECIAL_FUNDING_FEE: 'funding',
  DEPOSIT: 'transfer',
  WITHDRAW: 'transfer',
  WITHDRAW_REJECT: 'transfer',
  ADMIN_DEPOSIT: 'transfer',
  ADMIN_WITHDRAW: 'transfer',
  MARGIN_TRANSFER: 'transfer',
  ASSET_TRANSFER: 'transfer',
  COIN_SWAP_DEPOSIT: 'transfer',
  COIN_SWAP_WITHDRAW: 'transfer',
  ADJUSTMENT: 'adjustment',
  INSURANCE_CLEAR: 'adjustment',
  AUTO_EXCHANGE: 'adjustment',
  OPTIONS_PREMIUM_FEE: 'adjustment',
  OPTIONS_SETTLE_PROFIT: 'adjustment',
};

export function parseAccountUpdate(raw: unknown): Parsed<readonly VenueEvent[]> {
  const envelope = new Fields(raw, 'ACCOUNT_UPDATE');
  const venueTs = envelope.has('T') ? envelope.time('T') : envelope.time('E');
  const account = new Fields(envelope.raw('a'), 'ACCOUNT_UPDATE');
  const cause = account.wordOr('m', CAUSE_WORDS, 'other');
  const problem = envelope.problem ?? account.problem;
  if (problem !== undefined) return malformed(problem);
  const balances = parseEach(account.raw('B') ?? [], 'balances', (row) => balanceEvent(row, cause, venueTs));
  if (balances.type === 'malformed') return balances;
  const positions = parseEach(account.raw('P') ?? [], 'positions', (row) => positionEvent(row, venueTs));
  if (positions.type === 'malformed') return positions;
  const config = account.raw('m') === 'MARGIN_TYPE_CHANGE' ? [marginTypeNotice(venueTs)] : [];
  return parsed([...balances.value, ...positions.value.filter((event) => event !== undefined), ...config]);
}

function balanceEvent(row: unknown, cause: BalanceReport['cause'], venueTs: BalanceReport['venueTs']): Parsed<VenueEvent> {
  const fields = new Fields(row, 'balance');
  const report = {
    asset: fields.text('a'),
    wallet: fields.decimal('wb'),
    ...(fields.has('bc') ? { delta: fields.decimal('bc') } : {}),
    cause,
    venueTs,
  };
  return fields.result({ type: 'balance', report });
}

/** LONG and SHORT rows belong to hedge mode, which we refuse: an empty one is nothing, another one means the mode was changed. */
function positionEvent(row: unknown, venueTs: BalanceReport['venueTs']): Parsed<VenueEvent | undefined> {
  const fields = new Fields(row, 'position');
  const report = { instrument: fields.instrument('s'), qty: fields.decimal('pa'), entryPrice: fields.decimal('ep'), venueTs };
  const side = fields.text('ps');
  if (side === 'BOTH') return fields.result({ type: 'position', report });
  if (report.qty.isZero()) return fields.result(undefined);
  const text = `${side} position of ${report.qty} on ${report.instrument}: the account is in hedge mode, which is not supported`;
  return fields.result({ type: 'notice', code: 'HEDGE_MODE', text, venueTs });
}

function marginTypeNotice(venueTs: BalanceReport['venueTs']): VenueEvent {
  return { type: 'notice', code: 'MARGIN_TYPE_CHANGE', text: 'the margin type of a position was changed', venueTs };
}
