/** Processes: state, pid, age of the link, loop lag, gaps, restarts, and why one is not ready. */
import { ageText, durationText } from './figures.ts';
import type { ProcessPhase, ProcessRow } from './screen-state.ts';
import { type Column, table } from './table.ts';
import { type Line, type Span, span, type Tone } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'PROCESS', align: 'left' },
  { title: 'STATE', align: 'left', least: 8 },
  { title: 'PID', align: 'right', least: 5, spare: 2 },
  { title: 'LINK', align: 'right', least: 5 },
  { title: 'LAG', align: 'right', least: 7, spare: 1 },
  { title: 'GAPS', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: '', align: 'left', rest: true },
];

const STATE_TONES: Readonly<Record<ProcessPhase, Tone>> = {
  ready: 'good',
  starting: 'warn',
  syncing: 'warn',
  degraded: 'warn',
  stopping: 'warn',
  halted: 'alarm',
  died: 'alarm',
  off: 'dim',
};

/** A heartbeat comes every second: two missed ones are worth a look, five are an alarm. */
const LATE_MS = 2_500;
const LOST_MS = 5_000;
const SLOW_LOOP_US = 50_000;

export function processLines(processes: readonly ProcessRow[], width: number): readonly Line[] {
  return table(COLUMNS, processes.map(row), width);
}

function row(process: ProcessRow): readonly Span[] {
  const { name, state, pid, restarts, linkAgeMs, loopLagUs, gaps, reasons } = process;
  return [
    span(name, 'bold'),
    span(state, STATE_TONES[state]),
    span(pid === undefined ? '–' : String(pid), 'dim'),
    linkAgeMs === undefined ? span('–', 'dim') : span(ageText(linkAgeMs), linkTone(linkAgeMs)),
    loopLagUs === undefined ? span('–', 'dim') : span(durationText(loopLagUs), loopLagUs > SLOW_LOOP_US ? 'warn' : 'plain'),
    gaps === undefined ? span('–', 'dim') : span(String(gaps), gaps > 0 ? 'warn' : 'plain'),
    span(String(restarts), restarts > 0 ? 'warn' : 'plain'),
    span(state === 'ready' ? '' : reasons.join('; '), 'warn'),
  ];
}

function linkTone(ageMs: number): Tone {
  return ageMs > LOST_MS ? 'alarm' : ageMs > LATE_MS ? 'warn' : 'plain';
}
