/** Which instruments moved money since a time: the symbols in the income history, page after page. */
import type { InstrumentId } from '@fillwright/domain';
import type { Answer } from '@fillwright/venue';
import { parseIncomeInstruments } from '../parse/account.ts';
import { failedBy, queryAnswer } from './answers.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { RestClient } from './rest-client.ts';

/** The venue's largest page, oldest rows first. */
const PAGE = 1000;
/** At a weight of 30 each: a quarter of what the address may ask in a minute. */
const MAX_PAGES = 20;

export async function paidInstruments(rest: RestClient, sinceMs: number, timeoutMs: number): Promise<Answer<readonly InstrumentId[]>> {
  const found = new Set<InstrumentId>();
  for (let page = 1; page <= MAX_PAGES; page++) {
    const params = { startTime: String(sinceMs), page: String(page), limit: String(PAGE) };
    const answer = queryAnswer(await rest.call(ENDPOINTS.income, params, timeoutMs), parseIncomeInstruments);
    if (answer.type === 'failed') return answer;
    for (const instrument of answer.value) if (instrument !== undefined) found.add(instrument);
    if (answer.value.length < PAGE) return { type: 'answered', value: [...found].sort() };
  }
  return failedBy({ kind: 'unreadable', text: `more than ${MAX_PAGES} pages of income since ${sinceMs}` });
}
