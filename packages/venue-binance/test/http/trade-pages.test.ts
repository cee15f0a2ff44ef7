import type { TradeId } from '@fillwright/domain';
import { usFromMs } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { BTC, createWorld } from '../adapter-world.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_794_400_000_000;

interface Row {
  readonly id: number;
  readonly time: number;
  readonly side?: 'BUY' | 'SELL';
}

function tradeRow({ id, time, side = 'BUY' }: Row) {
  return {
    symbol: 'BTCUSDT',
    id,
    orderId: 7,
    side,
    positionSide: 'BOTH',
    price: '92000',
    qty: '0.001',
    realizedPnl: '0',
    commission: '0.01',
    commissionAsset: 'USDT',
    maker: true,
    time,
  };
}

/** A venue that pages as the documentation says. */
function worldWith(rows: readonly Row[]) {
  const world = createWorld();
  world.http.auto = (what, params) => {
    if (what !== 'GET /fapi/v1/userTrades') return undefined;
    const limit = Number(params.get('limit'));
    const fromId = params.get('fromId');
    const start = Number(params.get('startTime') ?? 0);
    const end = Number(params.get('endTime') ?? start + 7 * DAY_MS);
    if (fromId !== null && params.has('startTime')) return [400, { code: -1128, msg: 'Combination of optional parameters invalid.' }];
    if (end - start > 7 * DAY_MS) return [400, { code: -4165, msg: 'Invalid time interval.' }];
    const fits = fromId === null ? (row: Row) => row.time >= start && row.time <= end : (row: Row) => row.id >= Number(fromId);
    return [200, rows.filter(fits).slice(0, limit).map(tradeRow)];
  };
  return world;
}

async function ids(world: ReturnType<typeof worldWith>, from: Parameters<typeof world.adapter.trades>[1]): Promise<readonly string[]> {
  const answer = await world.adapter.trades(BTC, from);
  if (answer.type === 'failed') throw new Error(answer.reason.text);
  return answer.value.map((fill) => `${fill.tradeId}${fill.side === 'buy' ? 'b' : 's'}`);
}

describe('own trades', () => {
  it('pages by id until a page is short', async () => {
    const rows = Array.from({ length: 2_345 }, (_, index) => ({ id: index + 1, time: NOW_MS - 1 }));
    const found = await ids(worldWith(rows), { afterId: '345' as TradeId });
    expect(found.length).toBe(2_000);
    expect([found[0], found.at(-1)]).toEqual(['346b', '2345b']);
  });

  it('finds trades weeks apart when asked by time', async () => {
    const rows = [60, 40, 20, 1].map((days, index) => ({ id: index + 1, time: NOW_MS - days * DAY_MS }));
    expect(await ids(worldWith(rows), { sinceTs: usFromMs(NOW_MS - 50 * DAY_MS) })).toEqual(['2b', '3b', '4b']);
    expect(await ids(worldWith(rows), { sinceTs: usFromMs(NOW_MS - 30 * DAY_MS) })).toEqual(['3b', '4b']);
    expect(await ids(worldWith([]), { sinceTs: usFromMs(NOW_MS - 30 * DAY_MS) })).toEqual([]);
  });

  it('keeps both halves of a self-trade, also across pages', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => ({
      id: Math.floor(index / 2) + 1,
      time: NOW_MS - 1,
      side: index % 2 === 0 ? ('BUY' as const) : ('SELL' as const),
    }));
    const shifted = [{ id: 0.5 * 2, time: NOW_MS - 1 }, ...rows.map((row) => ({ ...row, id: row.id + 1 }))];
    const found = await ids(worldWith(shifted), { sinceTs: usFromMs(NOW_MS - DAY_MS) });
    expect(found.length).toBe(1_201);
    expect(new Set(found).size).toBe(1_201);
  });

  it('says so when it cannot be complete', async () => {
    const world = worldWith([]);
    expect(await world.adapter.trades(BTC, { sinceTs: usFromMs(NOW_MS - 100 * DAY_MS) })).toMatchObject({
      type: 'failed',
      reason: { code: 'HISTORY_TOO_OLD' },
    });
    expect(await world.adapter.trades(BTC, { afterId: 'synthetic-1' as TradeId })).toMatchObject({ type: 'failed' });
    const endless = worldWith(Array.from({ length: 150_000 }, (_, index) => ({ id: index + 1, time: NOW_MS - 1 })));
    expect(await endless.adapter.trades(BTC, { afterId: '0' as TradeId })).toMatchObject({
      type: 'failed',
      reason: { code: 'TOO_MANY_TRADES' },
    });
  });

  it('refuses trades of another symbol', async () => {
    const world = createWorld();
    world.http.auto = () => [200, [{ ...tradeRow({ id: 1, time: NOW_MS }), symbol: 'ETHUSDT' }]];
    expect(await world.adapter.trades(BTC, {})).toMatchObject({ type: 'failed', reason: { code: 'UNREADABLE_ANSWER' } });
  });
});
