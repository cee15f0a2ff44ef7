/** Control commands about fault rules. */

import { type FaultRule, MAX_FAULT_RULES } from '../fault/fault-desk.ts';
import { FAULT_KINDS, isFaultKind } from '../fault/fault-kinds.ts';
import { INCIDENT_KINDS, isIncidentKind } from '../fault/storm-incidents.ts';
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { ControlCall } from './control-api.ts';

const LONGEST_DELAY_MS = 600_000;
const MOST_PER_MINUTE = 6_000;

/** `kind`, optional `method path symbol account event count probability delayMs`. */
export function addFault(call: ControlCall): JsonValue {
  const { params, venue } = call;
  const kind = params.required('kind');
  if (!isFaultKind(kind)) return refuse(new Refusal(400, `unknown fault ${kind}; known: ${FAULT_KINDS.join(' ')}`));
  const probability = Number(params.text('probability') ?? '1');
  if (!(probability > 0 && probability <= 1)) refuse(new Refusal(400, 'probability must be in (0, 1]'));
  const delayMs = params.integer('delayMs') ?? 0;
  if (delayMs > LONGEST_DELAY_MS) refuse(new Refusal(400, `delayMs must be at most ${LONGEST_DELAY_MS}`));
  const narrowing: Record<string, string> = {};
  for (const name of ['method', 'path', 'symbol', 'account', 'event'] as const) {
    const value = params.text(name);
    if (value !== undefined) narrowing[name] = value;
  }
  const rule = venue.faults.add({ kind, ...narrowing, probability, delayMs, left: params.integer('count') });
  return rule === undefined ? refuse(new Refusal(400, `at most ${MAX_FAULT_RULES} rules`)) : ruleRow(rule);
}

export function listFaults({ venue }: ControlCall): JsonValue {
  return venue.faults.rules().map(ruleRow);
}

function ruleRow(rule: FaultRule): JsonValue {
  const { id, kind, method, path, symbol, account, event, probability, delayMs, left, struck } = rule;
  return { id, kind, method, path, symbol, account, event, probability, delayMs, left: left ?? null, struck };
}

/** `perMinute` (0 = over), optional `kinds` with commas between (absent = all): faults by seed. */
export function blowStorm({ params, venue }: ControlCall): JsonValue {
  const perMinute = Number(params.required('perMinute'));
  if (!(perMinute >= 0 && perMinute <= MOST_PER_MINUTE)) refuse(new Refusal(400, `perMinute must be from 0 to ${MOST_PER_MINUTE}`));
  const named = params.text('kinds')?.split(',') ?? INCIDENT_KINDS;
  const kinds = named.filter(isIncidentKind);
  const unknown = named.find((kind) => !isIncidentKind(kind));
  if (unknown !== undefined) refuse(new Refusal(400, `unknown fault ${unknown}; known: ${INCIDENT_KINDS.join(' ')}`));
  venue.storm.blow(perMinute, kinds);
  return { perMinute, kinds };
}
