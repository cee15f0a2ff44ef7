/** The judgement after everything was healed: three books that agree, and each order of the workload against the exchange's own log. */
import { decimal, decimalText, ZERO } from '@fillwright/domain';
import type { OrderView } from '@fillwright/messages';
import type { Stack } from '../_stack/stack.ts';
import { repeated } from '../_stack/venue.ts';
import type { OrderModel } from './order-model.ts';

interface VenueFacts {
  births: number;
  filled: string;
  status: string;
}

/** Of the venue's log; see `exchange-simulator/src/venue-log`. */
interface VenueEntry {
  readonly type: string;
  readonly clientId?: string;
  readonly event?: string;
  readonly status?: number | string;
  readonly qty?: string;
  readonly account?: string;
}

const STATUS_OF: Readonly<Record<string, readonly string[]>> = {
  filled: ['FILLED'],
  canceled: ['CANCELED'],
  expired: ['EXPIRED', 'EXPIRED_IN_MATCH'],
};

export interface Judged {
  readonly orders: number;
  readonly fills: number;
  readonly violations: readonly string[];
}

export function judge(stack: Stack, model: OrderModel, engineViews: ReadonlyMap<string, OrderView | undefined>): Judged {
  const entries = stack.venue.log() as readonly VenueEntry[];
  const ours = entries.filter(({ account }) => account === 'demo');
  const facts = venueFacts(ours);
  const violations = [...model.contradictions];
  for (const id of repeated(stack.venue.acceptedIds())) violations.push(`${id}: the exchange took on two orders with this id`);
  for (const { clientOrderId } of model.intents) {
    const problem = contradiction(engineViews.get(clientOrderId), facts.get(clientOrderId));
    if (problem !== undefined) violations.push(`${clientOrderId}: ${problem}`);
  }
  const births = ours.filter(({ type, event }) => type === 'order' && event === 'NEW').length;
  const fills = ours.filter(({ type }) => type === 'fill').length;
  return { orders: births, fills, violations };
}

function venueFacts(entries: readonly VenueEntry[]): ReadonlyMap<string, VenueFacts> {
  const facts = new Map<string, VenueFacts>();
  for (const { type, clientId, event, status, qty } of entries) {
    if (clientId === undefined || (type !== 'order' && type !== 'fill')) continue;
    const known = facts.get(clientId) ?? { births: 0, filled: '0', status: '' };
    if (type === 'order' && event === 'NEW') known.births += 1;
    if (type === 'fill') known.filled = decimalText(decimal(known.filled).plus(decimal(qty ?? '0')));
    known.status = String(status);
    facts.set(clientId, known);
  }
  return facts;
}

function contradiction(view: OrderView | undefined, facts: VenueFacts | undefined): string | undefined {
  if (view === undefined || view.phase === 'denied' || view.phase === 'rejected') {
    if (facts === undefined || facts.births === 0) return undefined;
    return `the engine says ${view?.phase ?? 'it knows no such order'}, the exchange had it (${facts.status}, filled ${facts.filled})`;
  }
  const filled = facts === undefined ? ZERO : decimal(facts.filled);
  if (!filled.eq(decimal(view.filledQty))) return `the engine says filled ${view.filledQty}, the exchange ${decimalText(filled)}`;
  if (view.state !== 'closed') return `still ${view.phase} after everything was healed`;
  if (facts === undefined) return view.phase === 'canceled' ? undefined : `the engine says ${view.phase}, the exchange never had it`;
  return STATUS_OF[view.phase]?.includes(facts.status) ? undefined : `the engine says ${view.phase}, the exchange ${facts.status}`;
}
