import { parseInstrumentId } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import type { Params } from '../../src/common/query-text.ts';
import { costOf } from '../../src/http/endpoint-costs.ts';
import type { Endpoint } from '../../src/http/endpoints.ts';
import { LISTS_BY_INSTRUMENT, openAlgoOrders, openOrders } from '../../src/http/open-orders.ts';
import { BTC } from '../adapter-world.ts';
import { algoAnswer, orderAnswer } from '../payloads.ts';

/** A venue that answers `rows`, and what it was asked. */
function venue(rows: unknown) {
  const asked: (readonly [path: string, params: Params])[] = [];
  const weights: (number | undefined)[] = [];
  const ask = async (endpoint: Endpoint, params: Params) => {
    asked.push([endpoint.path, params]);
    weights.push(costOf(endpoint, params).cost.weight);
    return { type: 'answer', value: rows } as const;
  };
  return { ask, asked, weights };
}

describe.each([
  ['open orders', openOrders, '/fapi/v1/openOrders', orderAnswer],
  ['open Algo orders', openAlgoOrders, '/fapi/v1/openAlgoOrders', algoAnswer],
] as const)('%s', (_what, list, path, row) => {
  it('of one instrument are asked for by its symbol, and cost less up to the number of them that is told', async () => {
    const { ask, asked, weights } = venue([row()]);
    expect(await list(ask, BTC)).toMatchObject({ type: 'answered', value: [{ terms: { instrument: BTC } }] });
    expect(await list(ask)).toMatchObject({ type: 'answered' });

    expect(asked).toEqual([
      [path, { symbol: 'BTCUSDT' }],
      [path, {}],
    ]);
    const [one = 0, whole = 0] = weights;
    expect(one * LISTS_BY_INSTRUMENT).toBeLessThan(whole);
  });

  it('of one instrument are no answer when they hold orders of another', async () => {
    const { ask } = venue([row(), row({ symbol: 'ETHUSDT' })]);
    expect(await list(ask, BTC)).toMatchObject({ type: 'failed' });
    expect(await list(ask)).toMatchObject({ type: 'answered', value: [{}, {}] });
  });

  it('may be none', async () => {
    const { ask } = venue([]);
    expect(await list(ask, parseInstrumentId('ETHUSDT-PERP.BINANCE'))).toEqual({ type: 'answered', value: [] });
  });
});
