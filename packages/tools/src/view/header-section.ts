/** First lines of the screen: is it trading, and if not, why not; speed and counts; orders in doubt; what happened last. */
import type { SilencePolicy } from '@fillwright/messages';
import { durationText, uptimeText } from './figures.ts';
import { isUnknown } from './order-section.ts';
import type { ScreenState } from './screen-state.ts';
import { type Line, type Span, span, spread, type Tone, widthOf } from './text.ts';

const PHASE_TONES: Readonly<Record<ScreenState['phase'], Tone>> = {
  trading: 'good',
  starting: 'warn',
  'not ready': 'alarm',
  comparing: 'accent',
  stopping: 'warn',
};
const MAX_NOTICES = 2;

export function headerLines(state: ScreenState, width: number): readonly Line[] {
  const left = [
    span(' FILLWRIGHT ', 'title'),
    span(` ${state.venue} `, 'accent'),
    span(` ● ${state.phase.toUpperCase()}`, PHASE_TONES[state.phase]),
    ...modeSpans(state),
    span(`  ${uptimeText(state.uptimeMs)}`, 'dim'),
  ];
  // What it does comes before how fast: on a narrow screen the figures shorten, then go.
  const speed = [speedSpans(state, 'long'), speedSpans(state, 'short'), []].find((spans) => widthOf(left) + widthOf(spans) < width);
  return [spread(left, speed ?? [], width), ...warnings(state)];
}

function modeSpans({ desk: { engine } }: ScreenState): readonly Span[] {
  if (engine === undefined || engine.mode === 'normal') return [];
  return [span(' '), span(` ${engine.mode.toUpperCase()} `, 'alarm')];
}

function speedSpans({ exchange, roundTripUs, desk: { counts } }: ScreenState, form: 'long' | 'short'): Line {
  const orders = exchange?.orders ?? counts.accepted;
  const fills = exchange?.fills ?? counts.fills;
  const refused = counts.rejected + counts.denied;
  if (form === 'short') {
    const rtt = roundTripUs === undefined || roundTripUs.n === 0 ? '' : `  rtt ${durationText(roundTripUs.p50)}`;
    return [span(`${orders} orders  ${fills} fills${rtt} `, 'bold')];
  }
  const spans = [span('orders ', 'dim'), span(String(orders), 'bold'), span('  fills ', 'dim'), span(String(fills), 'bold')];
  if (refused > 0) spans.push(span('  refused ', 'dim'), span(String(refused), 'warn'));
  if (roundTripUs !== undefined && roundTripUs.n > 0) {
    spans.push(span('  round trip ', 'dim'), span(durationText(roundTripUs.p50), 'bold'));
    spans.push(span('  p99 ', 'dim'), span(durationText(roundTripUs.p99), 'bold'));
  }
  return [...spans, span(' ')];
}

/** What the engine does about a trader that is not heard any more. */
const SILENCE: Readonly<Record<SilencePolicy, string>> = {
  keep: 'its orders stay',
  cancel: 'its orders are cancelled',
  'cancel-and-reduce': 'its orders are cancelled, and what it holds is closed',
};

function warnings(state: ScreenState): readonly Line[] {
  const lines: Line[] = [];
  const unknown = Math.max(state.desk.engine?.unknownOrders ?? 0, state.desk.orders.filter(isUnknown).length);
  if (unknown > 0) {
    const what = unknown === 1 ? '1 order with an unknown outcome' : `${unknown} orders with an unknown outcome`;
    lines.push([span(' '), span(` ! ${what}: counted as filled until the exchange says otherwise `, 'alarm')]);
  }
  for (const { src, owner, policy } of state.desk.engine?.silentTraders ?? [])
    lines.push([span(' '), span(` ! trader ${src} (${owner}) is not heard any more: ${SILENCE[policy]} `, 'alarm')]);
  if (state.phase === 'not ready' || state.phase === 'starting') {
    const late = state.processes.filter(({ state: phase }) => phase !== 'ready');
    const why = late.map(({ name, state: phase, reasons: [reason] }) => `${name} (${reason ?? phase})`);
    if (why.length > 0) lines.push([span(` waiting for ${why.join(', ')}`, 'warn')]);
  }
  for (const notice of state.notices.slice(0, MAX_NOTICES)) lines.push([span(` ${notice}`, 'warn')]);
  return lines;
}
