/** The same in one line of text, for logs and pipes. */
import { decimal, fixedText, ZERO } from '@fillwright/domain/decimal';
import { clockText, durationText, signed } from './figures.ts';
import { shortName } from './market-section.ts';
import { isUnknown } from './order-section.ts';
import type { ScreenState } from './screen-state.ts';

export function plainLine(state: ScreenState): string {
  const { desk, exchange, roundTripUs } = state;
  const late = state.processes.filter(({ state: phase }) => phase !== 'ready');
  const parts = [
    `${clockText(state.nowUs).slice(0, 8)} ${state.phase}`,
    ...late.map(({ name, state: phase, reasons: [reason] }) => `${name} ${phase}${reason === undefined ? '' : ` (${reason})`}`),
    `orders ${exchange?.orders ?? desk.counts.accepted}, open ${desk.orders.length}`,
    `fills ${exchange?.fills ?? desk.counts.fills}`,
  ];
  const unknown = desk.orders.filter(isUnknown).length;
  if (unknown > 0) parts.push(`UNKNOWN ${unknown}`);
  for (const { instrument, qty } of desk.positions) if (!decimal(qty).isZero()) parts.push(`${shortName(instrument)} ${qty}`);
  const open = desk.positions.reduce((sum, { unrealisedPnl, realisedPnl, fees }) => {
    return sum
      .plus(decimal(unrealisedPnl ?? '0'))
      .plus(decimal(realisedPnl))
      .minus(decimal(fees));
  }, ZERO);
  if (desk.positions.length > 0) parts.push(`net PnL ${signed(open, 2)}`);
  for (const { asset, wallet } of desk.balances) parts.push(`${fixedText(decimal(wallet), 2)} ${asset}`);
  if (roundTripUs !== undefined && roundTripUs.n > 0) {
    parts.push(`round trip ${durationText(roundTripUs.p50)} p99 ${durationText(roundTripUs.p99)}`);
  }
  return parts.join(' · ');
}
