/** `[RISK_MANAGEMENT]` keys of the engine about whoever falls silent: the engine itself, a trader, the clock. */
import type { SilencePolicy } from '@fillwright/messages';
import type { Finding } from '../key.ts';
import { integer, milliseconds, oneOf, textList } from '../kinds.ts';

const POLICIES = ['keep', 'cancel', 'cancel-and-reduce'] as const satisfies readonly SilencePolicy[];

export const watches = {
  DEAD_MAN_COUNTDOWN_MS: milliseconds({
    doc: "Dead man's switch at the exchange: it cancels **all** open orders of a symbol, also those made by hand, when an engine with orders there was stuck or dead for so long. 0 = off. Conditional orders may stay: the exchange does not say.",
    when: 'On for unattended trading; longer than the restarts you mean to survive with orders open. Each symbol costs 10 request weight per refresh.',
    default: '0',
    min: 0,
    max: 3_600_000,
  }),
  DEAD_MAN_REFRESH_MS: milliseconds({
    doc: 'How often the engine winds the switch up again, from its own loop. At most half of DEAD_MAN_COUNTDOWN_MS.',
    when: 'Rarely: a quarter of the countdown survives three lost refreshes.',
    default: '30000',
    min: 1_000,
    max: 600_000,
  }),
  TRADER_SILENCE_MS: milliseconds({
    doc: 'A trader with open orders that sent neither heartbeat nor command for so long counts as dead; 0 = nobody looks.',
    when: 'Longer than a trader of yours may need to start again.',
    default: '10000',
    min: 0,
    max: 3_600_000,
  }),
  TRADER_SILENCE_POLICY: oneOf(POLICIES, {
    doc: 'What happens to a dead trader: `keep` its orders, `cancel` them, or `cancel-and-reduce`: also close, by reduce-only market orders, what its fills built up.',
    when: '`keep` for a trader that sends no heartbeats; `cancel-and-reduce` when nothing may be held that nobody watches.',
    default: 'cancel',
  }),
  TRADER_SILENCE_POLICIES: textList({
    doc: 'The same for single traders by owner tag: `q1=keep,q2=cancel-and-reduce`. Whoever is not listed has TRADER_SILENCE_POLICY.',
    when: 'When traders differ.',
    default: '',
    pattern: new RegExp(`^[0-9A-Za-z]{2,4}=(${POLICIES.join('|')})$`),
    expected: `a comma-separated list of owner tag, =, and ${POLICIES.join(', ')}`,
  }),
  MAX_CLOCK_OFFSET_MS: integer({
    doc: 'Largest difference between the clock of this machine and that of the exchange; beyond it nothing that adds risk is sent until it is well again. 0 = not watched. Signed requests bear the time of the exchange either way.',
    when: 'Smaller where deadlines are short and traders run on other machines.',
    unit: 'ms',
    default: '1000',
    min: 0,
    max: 60_000,
  }),
};

/** A switch that is wound up too late would fire on a healthy engine. */
export function deadManFindings(values: {
  readonly DEAD_MAN_COUNTDOWN_MS?: number;
  readonly DEAD_MAN_REFRESH_MS?: number;
}): readonly Finding[] {
  const { DEAD_MAN_COUNTDOWN_MS: countdownMs = 0, DEAD_MAN_REFRESH_MS: refreshMs = 0 } = values;
  if (countdownMs === 0 || refreshMs * 2 <= countdownMs) return [];
  return [
    {
      severity: 'fault',
      section: 'RISK_MANAGEMENT',
      key: 'DEAD_MAN_REFRESH_MS',
      text: `at most half of DEAD_MAN_COUNTDOWN_MS (${countdownMs})`,
    },
  ];
}
