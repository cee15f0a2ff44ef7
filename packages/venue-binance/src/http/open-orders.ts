/** The lists of open orders, of the whole account or of one symbol: complete, and of what was asked for, or no answer. */
import type { InstrumentId } from '@fillwright/domain';
import type { Answer, OrderReport } from '@fillwright/venue';
import { malformed, type Parsed, parsed, parseEach } from '../common/parsed.ts';
import type { Params } from '../common/query-text.ts';
import { symbolOf } from '../common/symbol.ts';
import { parseAlgoOrder } from '../parse/algo-order.ts';
import { parseOrder } from '../parse/order.ts';
import { queryAnswer } from './answers.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import type { RestResult } from './rest-client.ts';

/** A list of one symbol has weight 1, the whole one 40; but each is a request and an answer. */
export const LISTS_BY_INSTRUMENT = 20;

type Ask = (endpoint: Endpoint, params: Params) => Promise<RestResult>;

export function openOrders(ask: Ask, instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>> {
  return list(ask, ENDPOINTS.openOrders, (row) => parseOrder(row, 'query'), instrument);
}

export function openAlgoOrders(ask: Ask, instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>> {
  return list(ask, ENDPOINTS.openAlgoOrders, (row) => parseAlgoOrder(row, 'query'), instrument);
}

async function list(
  ask: Ask,
  endpoint: Endpoint,
  read: (row: unknown) => Parsed<OrderReport>,
  instrument: InstrumentId | undefined,
): Promise<Answer<readonly OrderReport[]>> {
  const result = await ask(endpoint, instrument === undefined ? {} : { symbol: symbolOf(instrument) });
  return queryAnswer(result, (raw) => of(instrument, endpoint.name, parseEach(raw, endpoint.name, read)));
}

/** A list of something else tells nothing of what was asked. */
function of(instrument: InstrumentId | undefined, what: string, reports: Parsed<readonly OrderReport[]>): Parsed<readonly OrderReport[]> {
  if (reports.type === 'malformed' || instrument === undefined) return reports;
  const other = reports.value.find(({ terms }) => terms.instrument !== instrument);
  if (other === undefined) return parsed(reports.value);
  return malformed(`${what}: asked about ${instrument}, got an order of ${other.terms.instrument}`);
}
