/** All own trades of one instrument, oldest first: by windows of time until something is found, then page after page by id. */
import type { Fill, InstrumentId, TradeId, UsTime } from '@fillwright/domain';
import { fillKey, msFromUs } from '@fillwright/domain';
import type { Answer } from '@fillwright/venue';
import { parseEach } from '../common/parsed.ts';
import type { Params } from '../common/query-text.ts';
import { symbolOf } from '../common/symbol.ts';
import { parseTrade } from '../parse/trade.ts';
import { queryAnswer } from './answers.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { RestClient } from './rest-client.ts';

/** The venue's largest page. */
const PAGE = 1000;
/** A query by time may span seven days. */
const WINDOW_MS = 7 * 86_400_000;
/** The venue keeps three months for this query (since August 2026). */
const HISTORY_MS = 89 * 86_400_000;
/** 100 000 trades: beyond, an answer is no longer a recovery but a download. */
const MAX_PAGES = 100;

export interface TradeQuery {
  readonly instrument: InstrumentId;
  readonly afterId?: TradeId;
  readonly sinceTs?: UsTime;
  /** Milliseconds of the venue. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

export async function allTrades(rest: RestClient, query: TradeQuery): Promise<Answer<readonly Fill[]>> {
  const pages = new TradePages(rest, query);
  if (query.afterId !== undefined && !/^\d+$/.test(query.afterId))
    return failed('BAD_TRADE_ID', `${query.afterId} is no trade id of this venue; ask by time instead`);
  if (query.afterId !== undefined) return pages.byId((BigInt(query.afterId) + 1n).toString());
  return pages.byTime(query.sinceTs === undefined ? query.nowMs - WINDOW_MS : msFromUs(query.sinceTs));
}

class TradePages {
  readonly #rest: RestClient;
  readonly #query: TradeQuery;
  readonly #fills = new Map<string, Fill>();
  #pages = 0;

  constructor(rest: RestClient, query: TradeQuery) {
    this.#rest = rest;
    this.#query = query;
  }

  async byTime(sinceMs: number): Promise<Answer<readonly Fill[]>> {
    const { nowMs } = this.#query;
    if (nowMs - sinceMs > HISTORY_MS)
      return failed('HISTORY_TOO_OLD', `the venue keeps trades for three months; asked since ${sinceMs}, now is ${nowMs}`);
    // The end stays open in the last window: trades that happen while we ask belong to the answer.
    for (let startMs = Math.max(0, sinceMs); ; startMs += WINDOW_MS) {
      const isLast = startMs + WINDOW_MS > nowMs;
      const endTime = isLast ? undefined : String(startMs + WINDOW_MS - 1);
      const page = await this.#page({ startTime: String(startMs), endTime });
      if (page.type === 'failed') return page;
      const last = page.value.at(-1);
      if (last !== undefined && (page.value.length === PAGE || !isLast)) return this.byId(last.tradeId);
      if (isLast) return this.#all();
    }
  }

  /** Starts at `fromId`, itself included: both halves of a self-trade carry one id and may lie on two pages. */
  async byId(fromId: string): Promise<Answer<readonly Fill[]>> {
    let next = fromId;
    for (;;) {
      const before = this.#fills.size;
      const page = await this.#page({ fromId: next });
      if (page.type === 'failed') return page;
      const last = page.value.at(-1);
      if (last === undefined || page.value.length < PAGE || this.#fills.size === before) return this.#all();
      next = last.tradeId;
    }
  }

  async #page(range: Params): Promise<Answer<readonly Fill[]>> {
    if (++this.#pages > MAX_PAGES) return failed('TOO_MANY_TRADES', `more than ${MAX_PAGES} pages of trades; ask from a later point`);
    const { instrument, timeoutMs } = this.#query;
    const params = { symbol: symbolOf(instrument), ...range, limit: String(PAGE) };
    const answer = queryAnswer(await this.#rest.call(ENDPOINTS.userTrades, params, timeoutMs), (raw) =>
      parseEach(raw, 'trades', parseTrade),
    );
    if (answer.type === 'failed') return answer;
    const foreign = answer.value.find((fill) => fill.instrument !== instrument);
    if (foreign !== undefined) return failed('UNREADABLE_ANSWER', `asked for trades of ${instrument}, got one of ${foreign.instrument}`);
    for (const fill of answer.value) this.#fills.set(fillKey(fill), fill);
    return { type: 'answered', value: [...answer.value].sort(byId) };
  }

  #all(): Answer<readonly Fill[]> {
    return { type: 'answered', value: [...this.#fills.values()].sort(byId) };
  }
}

function failed(code: string, text: string): Answer<never> {
  return { type: 'failed', reason: { code, text } };
}

/** Ids are integers of any length. */
function byId(a: Fill, b: Fill): number {
  const difference = BigInt(a.tradeId) - BigInt(b.tradeId);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
