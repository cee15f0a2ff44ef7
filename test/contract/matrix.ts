/**
 * The contract as a matrix: clients × checks. Every cell is tested by the common check, tested in the client's own way, or excused with a
 * reason; the tests are made from it, and a test holds it against what was promised.
 */
import type { Break } from './breaks/break.ts';
import { ACCESS_CHECKS } from './checks/access.ts';
import { CHANGE_CHECKS } from './checks/changes.ts';
import { AREAS, type Area, type Check } from './checks/check.ts';
import { CONDITIONAL_CHECKS } from './checks/conditional.ts';
import { LISTEN_KEY_CHECKS } from './checks/listen-key.ts';
import { LOCAL_BOOK_CHECKS } from './checks/local-book.ts';
import { MARKET_STREAM_CHECKS } from './checks/market-streams.ts';
import { MARKET_CHECKS } from './checks/markets.ts';
import { MODE_CHECKS } from './checks/modes.ts';
import { ORDER_REFUSALS } from './checks/order-refusals.ts';
import { ORDER_CHECKS } from './checks/orders.ts';
import { OTHER_REFUSALS } from './checks/other-refusals.ts';
import { OUTCOME_CHECKS } from './checks/outcomes.ts';
import { POSITION_CHECKS } from './checks/positions.ts';
import { USER_STREAM_CHECKS } from './checks/user-stream.ts';
import { WEB_SOCKET_CHECKS } from './checks/web-socket-api.ts';
import { binanceApiNodeClient } from './clients/binance-api-node-client.ts';
import { ccxtClient } from './clients/ccxt-client.ts';
import type { ClientDesk } from './clients/client-desk.ts';
import type { Candidate } from './clients/client-under-test.ts';
import { nodeBinanceClient } from './clients/node-binance-client.ts';
import { officialClient } from './clients/official-client.ts';
import { tiagosieblerClient } from './clients/tiagosiebler-client.ts';

export const CANDIDATES: readonly Candidate[] = [ccxtClient, officialClient, tiagosieblerClient, nodeBinanceClient, binanceApiNodeClient];

const ALL: readonly Check[] = [
  ...[...MARKET_CHECKS, ...ORDER_CHECKS, ...CHANGE_CHECKS, ...POSITION_CHECKS, ...CONDITIONAL_CHECKS, ...USER_STREAM_CHECKS],
  ...[
    ...LISTEN_KEY_CHECKS,
    ...MARKET_STREAM_CHECKS,
    ...LOCAL_BOOK_CHECKS,
    ...MODE_CHECKS,
    ...ACCESS_CHECKS,
    ...OUTCOME_CHECKS,
    ...WEB_SOCKET_CHECKS,
  ],
  ...[...ORDER_REFUSALS, ...OTHER_REFUSALS],
];

export const CHECKS: readonly Check[] = AREAS.flatMap((area) => ALL.filter((check) => check.area === area));

export function checksOf(area: Area): readonly Check[] {
  return CHECKS.filter((check) => check.area === area);
}

export type Cell =
  | { readonly type: 'tested'; readonly breaks: readonly Break[]; run(desk: ClientDesk): Promise<void>; readonly note: string | undefined }
  | { readonly type: 'excused'; readonly reason: string };

export function cellOf(candidate: Candidate, check: Check): Cell {
  const reason = candidate.excused[check.id];
  if (reason !== undefined) return { type: 'excused', reason };
  const own = candidate.ownWays[check.id];
  const { breaks = check.breaks, run } = own ?? check;
  const shown = breaks.filter(({ showsTo = () => true }) => showsTo(candidate));
  return { type: 'tested', breaks: shown, run, note: own?.how ?? candidate.notes[check.id] };
}
