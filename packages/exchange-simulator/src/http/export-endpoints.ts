/** Asynchronous exports: a download id at once, a link some seconds later. The link is the file itself, as a `data:` URL of CSV. */
import type { ExportKind, HistoryExport } from '../account/history-exports.ts';
import type { JsonValue } from '../numbers/json.ts';
import { trimmedText } from '../numbers/units.ts';
import { invalidParameter, Refusal, refuse } from '../order/refusal.ts';
import { type JsonObject, orderRow, userTradeRow } from '../render/order-json.ts';
import { type AccountCall, type EndpointTable, signed } from './endpoint.ts';

const DAY_MS = 86_400_000;
const MOST_MS = 366 * DAY_MS;
const READY_MS = 5_000;
const LINK_LIVES_MS = 7 * DAY_MS;

function ask(call: AccountCall, kind: ExportKind): JsonValue {
  const [fromMs, tillMs] = [call.params.integer('startTime') ?? 0, call.params.integer('endTime') ?? 0];
  if (fromMs > tillMs) refuse(new Refusal(-1023, 'Start time is greater than end time.'));
  if (tillMs - fromMs > MOST_MS) refuse(new Refusal(-4165, 'Invalid time interval. Maximum time interval is 366 days.'));
  const { id } = call.venue.engine.exports.ask({ kind, account: call.account, fromMs, tillMs, askedMs: call.nowMs });
  return { avgCostTimestampOfLast30d: READY_MS, downloadId: id };
}

function link(call: AccountCall, kind: ExportKind): JsonValue {
  const id = call.params.required('downloadId');
  const asked = call.venue.engine.exports.find(call.account, kind, id) ?? refuse(invalidParameter('downloadId'));
  const ready = call.nowMs >= asked.askedMs + READY_MS;
  const expiresMs = asked.askedMs + READY_MS + LINK_LIVES_MS;
  const expired = call.nowMs > expiresMs;
  return {
    downloadId: id,
    status: ready ? 'completed' : 'processing',
    url: ready && !expired ? `data:text/csv;base64,${Buffer.from(csvOf(rowsOf(asked))).toString('base64')}` : '',
    notified: ready,
    expirationTimestamp: ready ? expiresMs : -1,
    isExpired: ready ? expired : null,
  };
}

function rowsOf({ kind, account, fromMs, tillMs }: HistoryExport): JsonObject[] {
  const within = (timeMs: number): boolean => timeMs >= fromMs && timeMs <= tillMs;
  if (kind === 'income') {
    return account.income
      .filter(({ timeMs }) => within(timeMs))
      .map((row) => ({
        ...{ time: row.timeMs, symbol: row.symbol, incomeType: row.incomeType, income: trimmedText(row.income, 8), asset: row.asset },
        ...{ tranId: row.tranId, tradeId: row.tradeId },
      }));
  }
  const rows: JsonObject[] = [];
  for (const holding of account.holdings()) {
    if (kind === 'order') for (const order of holding.orders()) within(order.createdMs) && rows.push(orderRow(order));
    else for (const trade of holding.trades) within(trade.timeMs) && rows.push(userTradeRow(holding.market.spec, trade));
  }
  return rows;
}

/** Columns are those of the first row; no value has a comma. */
function csvOf(rows: readonly JsonObject[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return [columns, ...rows.map((row) => columns.map((column) => String(row[column])))].map((cells) => `${cells.join(',')}\n`).join('');
}

const SPAN = { mandatory: ['startTime', 'endTime'] } as const;
const ID = { mandatory: ['downloadId'] } as const;

export const EXPORT_ENDPOINTS: EndpointTable = {
  'GET /fapi/v1/income/asyn': signed(1000, (call) => ask(call, 'income'), SPAN),
  'GET /fapi/v1/income/asyn/id': signed(10, (call) => link(call, 'income'), ID),
  'GET /fapi/v1/order/asyn': signed(1000, (call) => ask(call, 'order'), SPAN),
  'GET /fapi/v1/order/asyn/id': signed(10, (call) => link(call, 'order'), ID),
  'GET /fapi/v1/trade/asyn': signed(1000, (call) => ask(call, 'trade'), SPAN),
  'GET /fapi/v1/trade/asyn/id': signed(10, (call) => link(call, 'trade'), ID),
};
