import { expect, it } from '@jest/globals';
import { type Facts, reasonsOf, stateOf } from '../src/standing.ts';

const READY: Facts = {
  phase: 'running',
  broken: undefined,
  prepared: true,
  recovery: { up: true, failures: 0, alarmAfter: 5 },
  positionsInDoubt: false,
  ledger: undefined,
  mode: 'normal',
  modeReason: '',
};
const LONG = 'x'.repeat(500);

it.each<readonly [string, Partial<Facts>, string]>([
  ['all is well', {}, 'ready'],
  ['it has only just begun', { phase: 'starting' }, 'starting'],
  ['the venue was not reached yet', { prepared: false }, 'starting'],
  ['the stream is not up', { recovery: { up: false, failures: 4, alarmAfter: 5 } }, 'syncing'],
  ['the stream does not come up', { recovery: { up: false, failures: 5, alarmAfter: 5 } }, 'degraded'],
  ['positions are in doubt', { positionsInDoubt: true }, 'degraded'],
  ['the ledger differs', { ledger: { code: 'LEDGER_DIFFERS', text: LONG } }, 'degraded'],
  ['somebody paused it', { mode: 'paused', modeReason: LONG }, 'degraded'],
  ['somebody halted it', { mode: 'halted' }, 'halted'],
  ['it is broken', { phase: 'broken', broken: new Error(LONG) }, 'halted'],
  ['it stops', { phase: 'stopping' }, 'stopping'],
])('when %s', (_when, facts, state) => {
  const standing = { ...READY, ...facts };
  const reasons = reasonsOf(standing);

  expect(stateOf(standing)).toBe(state);
  expect(reasons.every((reason) => reason.length <= 200)).toBe(true);
  if (!['ready', 'stopping', 'starting'].includes(state)) expect(reasons.length).toBeGreaterThan(0);
});
