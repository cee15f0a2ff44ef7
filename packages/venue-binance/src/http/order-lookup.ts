/** Finds one order in every place where it can live: the normal service, the Algo service, and the order an Algo order fired. */
import { msFromUs } from '@fillwright/domain';
import type { Lookup, OrderRef, OrderReport } from '@fillwright/venue';
import { malformed, type Parsed, parsed } from '../common/parsed.ts';
import { type AlgoRecord, parseAlgoRecord } from '../parse/algo-order.ts';
import { parseOrder } from '../parse/order.ts';
import { queryAnswer } from './answers.ts';
import type { CommandTransport } from './command-transport.ts';
import { ENDPOINTS } from './endpoints.ts';
import { algoParams, orderParams } from './order-params.ts';
import type { RestResult } from './rest-client.ts';

/** −2013 is the venue's "order does not exist"; the Algo service has been seen to say −2011 as well. */
const ABSENT_CODES = [-2013, -2011];

/** Reads lag by seconds; the venue forgets orders that ended unfilled after three days. In between an absent order is a riddle. */
const FORGOTTEN_MS = 3_600_000;

type Transport = Pick<CommandTransport, 'call'>;

export interface LookupOptions {
  /** Milliseconds of the venue. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

export async function lookUpOrder(transport: Transport, order: OrderRef, options: LookupOptions): Promise<Lookup<OrderReport>> {
  if (!order.conditional) return lookUpNormal(transport, order, options);
  const algo = lookup(await transport.call(ENDPOINTS.queryAlgo, algoParams(order), options.timeoutMs), (raw) => recordAbout(order, raw));
  if (algo.type === 'failed') return algo;
  // Gone from the Algo service, or not yet visible there: what it fired would be found by its own number or the same client id.
  if (algo.type === 'absent') return lookUpNormal(transport, order, options);
  const { report } = algo.value;
  if (report.venueOrderId === undefined) return { type: 'answered', value: report };
  const child = await lookUpNormal(transport, { ...order, venueOrderId: report.venueOrderId }, options);
  if (child.type === 'failed') return child;
  return { type: 'answered', value: child.type === 'answered' ? withAlgo(child.value, report) : withoutChild(algo.value, options.nowMs) };
}

async function lookUpNormal(transport: Transport, order: OrderRef, { timeoutMs }: LookupOptions): Promise<Lookup<OrderReport>> {
  const result = await transport.call(ENDPOINTS.queryOrder, orderParams(order), timeoutMs);
  return lookup(result, (raw) => about(order, parseOrder(raw, 'query')));
}

function recordAbout(order: OrderRef, raw: unknown): Parsed<AlgoRecord> {
  const record = parseAlgoRecord(raw, 'query');
  if (record.type === 'malformed') return record;
  const report = about({ instrument: order.instrument, clientOrderId: order.clientOrderId }, parsed(record.value.report));
  return report.type === 'malformed' ? report : record;
}

/**
 * The fired order is not visible: `triggered` while it may still turn up. Finished long ago, the Algo record is all that is left, and it
 * states how much was filled.
 */
function withoutChild({ report, isFinished }: AlgoRecord, nowMs: number): OrderReport {
  if (!isFinished || nowMs - msFromUs(report.venueTs) < FORGOTTEN_MS) return report;
  const isFilled = report.filledQty.gt(0) && report.filledQty.gte(report.terms.qty);
  if (isFilled) return { ...report, phase: 'filled' };
  return { ...report, phase: 'expired', reason: { code: 'CHILD_GONE', text: 'the order it fired ended and the venue has forgotten it' } };
}

/** Type and trigger are those of the Algo order; quantity and price those of the order it became, which may have been changed since. */
function withAlgo(child: OrderReport, algo: OrderReport): OrderReport {
  const { qty, price } = child.terms;
  return {
    ...child,
    clientOrderId: algo.clientOrderId,
    terms: { ...algo.terms, qty, ...(price === undefined ? {} : { price }) },
    ...(algo.algoId === undefined ? {} : { algoId: algo.algoId }),
  };
}

function lookup<T>(result: RestResult, read: (raw: unknown) => Parsed<T>): Lookup<T> {
  if (result.type === 'failure' && result.failure.kind === 'error') {
    const { status, code } = result.failure;
    if (status >= 400 && status < 500 && code !== undefined && ABSENT_CODES.includes(code)) return { type: 'absent' };
  }
  return queryAnswer(result, read);
}

/** An answer about another order is no answer. The venue's number decides when it was asked by, else the client id. */
export function about(
  order: Pick<OrderRef, 'instrument' | 'clientOrderId' | 'venueOrderId'>,
  report: Parsed<OrderReport>,
): Parsed<OrderReport> {
  if (report.type === 'malformed') return report;
  const { clientOrderId, venueOrderId, terms } = report.value;
  const isNamed =
    order.venueOrderId === undefined
      ? order.clientOrderId === '' || clientOrderId === order.clientOrderId
      : venueOrderId === order.venueOrderId;
  if (isNamed && terms.instrument === order.instrument) return report;
  const asked = order.venueOrderId ?? order.clientOrderId;
  return malformed(`asked about ${asked} on ${order.instrument}, got ${clientOrderId} (${venueOrderId}) on ${terms.instrument}`);
}
