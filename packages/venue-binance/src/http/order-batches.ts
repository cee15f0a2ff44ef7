/**
 * Orders that leave together: up to five in one `POST batchOrders`. The answer has a row for each, and each row proves its own order and no
 * other; what befalls the request as a whole is the outcome of all. Signs and writes in the turn of the call, as a single order does.
 */
import { isConditional, type RateTicket, type UsTime, usTime } from '@fillwright/domain';
import type { Clock } from '@fillwright/runtime/ports';
import {
  type Confirmed,
  confirmed,
  type HandedOrder,
  type OrderBatches,
  type OrderReport,
  type Outcome,
  type SubmitRequest,
  type TicketedOrder,
} from '@fillwright/venue';
import { describe } from '../common/parsed.ts';
import type { Params } from '../common/query-text.ts';
import { NOT_AFTER } from '../common/recv-window.ts';
import { parseOrder } from '../parse/order.ts';
import { batchCost, MOST_IN_BATCH } from './endpoint-costs.ts';
import { ENDPOINTS } from './endpoints.ts';
import { about } from './order-lookup.ts';
import { placeParams, type SelfTradeMode } from './order-params.ts';
import { outcomeOf } from './outcome-table.ts';
import type { RateGate } from './rate-gate.ts';
import { CLOCK_CODES, type RestClient, type RestResult, venueError } from './rest-client.ts';
import type { VenueFailure } from './venue-failure.ts';

export const ORDER_BATCHING = ['off', 'auto'] as const;
/** `auto`: what is ready in the same turn leaves together where commands go over REST; the WebSocket API has no batch. */
export type OrderBatching = (typeof ORDER_BATCHING)[number];

/**
 * A batch costs as much as five orders in ten seconds, and one lost answer leaves all of it unknown: two orders are better off alone, three or
 * four unless there is plenty of room.
 */
const LEAST_IN_BATCH = 3;
/** The window of a batch ends with its earliest deadline: an order as near to its own would have the others refused with it. */
const LEAST_LEFT_US = 500_000;

export interface BatchParts {
  readonly clock: Clock;
  readonly rest: RestClient;
  readonly gate: RateGate;
  readonly timeoutMs: number;
  readonly selfTradeMode: SelfTradeMode;
  /** Commands would go over REST now. */
  usesRest(): boolean;
  submitAlone(request: SubmitRequest, ticket: RateTicket | undefined): Promise<Outcome<OrderReport>>;
  /** Sees each result of a request before it is judged. */
  checked(result: RestResult): RestResult;
  /** The venue refused a timestamp: settles when the clock was sampled anew, or could not be. */
  onClockDoubt(): Promise<unknown>;
}

/** An order that has words and room. */
interface Member {
  readonly request: SubmitRequest;
  readonly ticket: RateTicket;
  readonly params: Params;
}

type Outcomes = readonly (Outcome<OrderReport> | Promise<Outcome<OrderReport>>)[];

export class FuturesOrderBatches implements OrderBatches {
  readonly most = MOST_IN_BATCH;
  readonly #parts: BatchParts;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#parts.usesRest();
  }

  submit(orders: readonly TicketedOrder[]): readonly HandedOrder[] {
    const handed = new Map<SubmitRequest, HandedOrder>();
    const members = this.isOpen ? orders.flatMap((order) => this.#member(order) ?? []) : [];
    for (let from = 0; from < members.length; from += MOST_IN_BATCH) {
      const group = members.slice(from, from + MOST_IN_BATCH);
      const answer = this.#together(group);
      if (answer === undefined) continue;
      for (const [index, { request }] of group.entries())
        handed.set(request, { outcome: answer.then((all) => outcomeAt(all, index)), isCompanion: index > 0 });
    }
    const alone = ({ request, ticket }: TicketedOrder) => ({ outcome: this.#parts.submitAlone(request, ticket), isCompanion: false });
    return orders.map((order) => handed.get(order.request) ?? alone(order));
  }

  /** Conditional orders go to another service; what only reduces is let in alone where the venue throttles all others (−1008). */
  #member({ request, ticket }: TicketedOrder): Member | undefined {
    if (ticket === undefined || isConditional(request.terms.type) || request.terms.reduceOnly) return undefined;
    if (request.notAfterTs !== undefined && request.notAfterTs - this.#parts.clock.wallUs() < LEAST_LEFT_US) return undefined;
    const params = placeParams(request, this.#parts.selfTradeMode);
    return params.type === 'parsed' ? { request, ticket, params: params.value } : undefined;
  }

  /** Undefined when they are too few, or the request has no room in the limits: nothing was written. */
  #together(members: readonly Member[]): Promise<Outcomes> | undefined {
    if (members.length < LEAST_IN_BATCH || (members.length < MOST_IN_BATCH && !this.#parts.gate.hasPlenty)) return undefined;
    const ticket = this.#parts.gate.merge(
      members.map((member) => member.ticket),
      batchCost(members.length),
    );
    return ticket && this.#write(members, ticket);
  }

  async #write(members: readonly Member[], ticket: RateTicket): Promise<Outcomes> {
    const { rest, gate, timeoutMs } = this.#parts;
    const result = await rest.call(ENDPOINTS.placeBatch, batchParams(members), timeoutMs, ticket);
    gate.giveBack(ticket);
    return this.#outcomes(members, this.#parts.checked(result));
  }

  #outcomes(members: readonly Member[], result: RestResult): Outcomes {
    if (result.type === 'failure') {
      const outcome = outcomeOf('batch', result.failure);
      return members.map(() => outcome);
    }
    const rows = rowsOf(members, result.value);
    const doubt = rows.some(isClockDoubt) ? this.#parts.onClockDoubt() : undefined;
    return rows.map((row) => {
      if (row.type === 'confirmed') return row;
      const outcome = outcomeOf('place', row.failure);
      return doubt && isClockDoubt(row) ? doubt.then(() => outcome) : outcome;
    });
  }
}

type Row = Confirmed<OrderReport> | { readonly type: 'failed'; readonly failure: VenueFailure };

/**
 * Rows come in the order of the request, and a refusal names no order: it proves something only when there are as many rows as orders and none of
 * the others stands where it does not belong.
 */
function rowsOf(members: readonly Member[], answer: unknown): readonly Row[] {
  const raw: readonly unknown[] = Array.isArray(answer) ? answer : [];
  let inOrder = raw.length === members.length;
  const rows = members.map(({ request }, index): Row => {
    const error = venueError(raw[index]);
    if (error?.code !== undefined) return { type: 'failed', failure: { kind: 'row', code: error.code, text: error.text } };
    const order = parseOrder(raw[index], 'answer');
    const report = about({ instrument: request.terms.instrument, clientOrderId: request.clientOrderId }, order);
    if (report.type === 'parsed') return confirmed(report.value);
    if (order.type === 'parsed') inOrder = false;
    return unreadable(`row ${index + 1} of the answer to a batch: ${report.problem}`);
  });
  if (inOrder) return rows;
  return rows.map((row) =>
    row.type === 'failed' && row.failure.kind === 'row'
      ? unreadable(`a refusal whose order is not certain: ${row.failure.text} (${row.failure.code}) in ${describe(answer)}`)
      : row,
  );
}

function unreadable(text: string): Row {
  return { type: 'failed', failure: { kind: 'unreadable', text } };
}

function isClockDoubt(row: Row): boolean {
  return row.type === 'failed' && row.failure.kind === 'row' && CLOCK_CODES.includes(row.failure.code);
}

function outcomeAt(all: Outcomes, index: number): Outcome<OrderReport> | Promise<Outcome<OrderReport>> {
  return all[index] ?? outcomeOf('batch', { kind: 'unreadable', text: 'no row' });
}

/** The window of the request ends with the earliest deadline in it. */
function batchParams(members: readonly Member[]): Params {
  const deadlines = members.flatMap(({ request: { notAfterTs } }) => notAfterTs ?? []);
  const orders = members.map(({ params: { [NOT_AFTER]: _, ...params } }) => params);
  return { batchOrders: JSON.stringify(orders), [NOT_AFTER]: earliest(deadlines)?.toString() };
}

function earliest(times: readonly UsTime[]): UsTime | undefined {
  return times.length === 0 ? undefined : usTime(Math.min(...times));
}
