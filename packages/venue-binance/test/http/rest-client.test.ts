import { describe, expect, it } from '@jest/globals';
import { BTC, basicAnswers, createWorld, ID, LIMIT_BUY } from '../adapter-world.ts';
import { settle } from '../virtual-clock.ts';

const TIME = 'GET /fapi/v1/time';
const ORDER = 'POST /fapi/v1/order';
const WALL_US = 1_794_400_000_000_000;

describe('requests over REST', () => {
  it('reports the limits the venue states', async () => {
    const { adapter, http, usage } = createWorld();
    const outcome = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    http.last(ORDER).answer(
      400,
      { code: -2019, msg: 'Margin is insufficient.' },
      {
        'x-mbx-used-weight-1m': '17',
        'x-mbx-order-count-10s': '3',
        'x-mbx-order-count-1m': '9',
      },
    );
    await outcome;
    expect(usage.map(({ pool, used }) => [pool, used])).toEqual([
      ['weight', 17],
      ['orders-10s', 3],
      ['orders-1m', 9],
    ]);
  });

  it('reports a ban with the end the venue states: header, text on our clock, or the shortest of its kind', async () => {
    const ban = async (status: number, msg: string, headers = {}) => {
      const { adapter, http, bans } = createWorld();
      await adapter.prepare();
      const outcome = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
      http.last(ORDER).answer(status, { code: -1003, msg }, headers);
      expect(await outcome).toMatchObject({ type: 'refused', retry: true });
      return (bans.at(-1)?.[0] ?? 0) - WALL_US;
    };

    expect(await ban(429, 'Too many requests.', { 'retry-after': '7' })).toBe(7e6);
    // The venue's clock is 40 ms ahead of ours.
    expect(await ban(418, 'Way too many requests; IP(1.2.3.4) banned until 1794400090040. Please use websocket.')).toBe(90e6);
    expect(await ban(418, 'banned')).toBe(120e6);
    expect(await ban(429, 'slow down')).toBe(60e6);
  });

  it('states the time of the venue, not ours', async () => {
    const { adapter, http } = createWorld();
    await adapter.prepare();
    void adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    expect(http.last(ORDER).params.get('timestamp')).toBe('1794400000040');
  });

  it('samples the clock anew after a refused timestamp, repeats a question once and a command never', async () => {
    const { adapter, http, clock } = createWorld();
    const tooLate = { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' };
    http.auto = (what) => (what === TIME ? basicAnswers(what, clock) : [400, tooLate]);

    const command = await adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    expect(command).toMatchObject({ type: 'refused', retry: true, reason: { code: 'BINANCE_1021' } });
    expect(http.count(ORDER)).toBe(1);
    expect(http.count(TIME)).toBe(3);

    expect(await adapter.openOrders()).toMatchObject({ type: 'failed', reason: { code: 'BINANCE_1021' } });
    expect(http.count('GET /fapi/v1/openOrders')).toBe(2);
    for (const { params } of http.asked) if (params.has('recvWindow')) expect(params.get('recvWindow')).toBe('5000');
  });

  it('answers "failed", never "empty", when a question fails', async () => {
    const { adapter, http } = createWorld();
    const broken: readonly (readonly [number, unknown])[] = [
      [500, ''],
      [200, '<html>'],
      [200, {}],
      [200, [{ symbol: 'BTCUSDT' }]],
      [200, 'null'],
    ];
    for (const answer of broken) {
      http.auto = () => answer;
      for (const asked of [
        adapter.openOrders(),
        adapter.openAlgoOrders(),
        adapter.positions(),
        adapter.balances(),
        adapter.trades(BTC, {}),
      ])
        expect((await asked).type).toBe('failed');
    }
    await settle();
  });
});
