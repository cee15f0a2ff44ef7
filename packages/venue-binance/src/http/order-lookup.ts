/** Finds one order in every place where it can live: the normal service, the Algo service, and the order an Algo order fired. */
import type { VenueOrderId } from '@fillwright/domain';
import type { Lookup, OrderRef, OrderReport } from '@fillwright/venue';
import { malformed, type Parsed } from '../common/parsed.ts';
import { parseAlgoOrder } from '../parse/algo-order.ts';
import { parseOrder } from '../parse/order.ts';
import { queryAnswer } from './answers.ts';
import { ENDPOINTS } from './endpoints.ts';
import { algoParams, orderParams } from './order-params.ts';
import type { RestClient, RestResult } from './rest-client.ts';

/** −2013 is the venue's "order does not exist"; the Algo service has been seen to say −2011 as well. */
const ABSENT_CODES = [-2013, -2011];

export async function lookUpOrder(rest: RestClient, order: OrderRef, timeoutMs: number): Promise<Lookup<OrderReport>> {
  if (!order.conditional) return lookUpNormal(rest, order, timeoutMs);
  const algo = lookup(await rest.call(ENDPOINTS.queryAlgo, algoParams(order), timeoutMs), (raw) =>
    about({ instrument: order.instrument, clientOrderId: order.clientOrderId }, parseAlgoOrder(raw, 'query')),
  );
  if (algo.type === 'failed') return algo;
  // Gone from the Algo service, or not yet visible there: what it fired would be found by its own number or the same client id.
  if (algo.type === 'absent') return lookUpNormal(rest, order, timeoutMs);
  const childId = algo.value.venueOrderId;
  return childId === undefined ? algo : lookUpChild(rest, order, algo.value, childId, timeoutMs);
}

async function lookUpNormal(rest: RestClient, order: OrderRef, timeoutMs: number): Promise<Lookup<OrderReport>> {
  const result = await rest.call(ENDPOINTS.queryOrder, orderParams(order), timeoutMs);
  return lookup(result, (raw) => about(order, parseOrder(raw, 'query')));
}

/** The fired order tells how far it got; both ids go into one report. Not visible yet: the Algo record alone, which says `triggered`. */
async function lookUpChild(
  rest: RestClient,
  order: OrderRef,
  algo: OrderReport,
  childId: VenueOrderId,
  timeoutMs: number,
): Promise<Lookup<OrderReport>> {
  const child = await lookUpNormal(rest, { ...order, venueOrderId: childId }, timeoutMs);
  if (child.type === 'failed') return child;
  if (child.type === 'absent') return { type: 'answered', value: algo };
  return { type: 'answered', value: withAlgo(child.value, algo) };
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

function lookup(result: RestResult, read: (raw: unknown) => Parsed<OrderReport>): Lookup<OrderReport> {
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
