/** Checks: hedge mode and isolated margin, with their refusals, as the client sends and tells them. */
import { expect } from '@jest/globals';
import { answer, core, grants, notDone, unitMore } from '../breaks/break.ts';
import { type ClientDesk, told } from '../clients/client-desk.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

async function hedged({ ours }: ClientDesk): Promise<void> {
  await ours.raw('POST', 'v1/positionSide/dual', { dualSidePosition: 'true' });
}

const BALANCE_OFF = answer('what is available is a unit off', /GET .*(account|balance)/, unitMore('availableBalance'));

const HEDGES: Check = {
  id: 'hedge-mode',
  area: 'modes',
  name: 'holds a long and a short position in hedge mode',
  breaks: [
    core('a short order works on the long position', (engine, struck) => {
      const place = engine.place.bind(engine);
      engine.place = (request) => {
        if (request.positionSide !== 'SHORT') return place(request);
        struck();
        return place({ ...request, positionSide: 'LONG' });
      };
    }),
    answer('a profit is told a unit off', /GET .*userTrades/, unitMore('realizedPnl')),
  ],
  async run(desk) {
    const { ours, theirs, venue } = desk;
    await hedged(desk);
    await theirs.place({ side: 'SELL', price: '180', quantity: '2' });
    await ours.place({ side: 'BUY', price: '180', quantity: '2', extra: { positionSide: 'LONG' } });
    await theirs.place({ side: 'BUY', price: '181', quantity: '1' });
    await ours.place({ side: 'SELL', price: '181', quantity: '1', extra: { positionSide: 'SHORT' } });
    expect(venue.positions('demo', SYMBOL)).toEqual({ LONG: '2', SHORT: '-1' });
    await theirs.place({ side: 'BUY', price: '182', quantity: '2' });
    await ours.place({ side: 'SELL', quantity: '2', extra: { positionSide: 'LONG' } });
    expect(venue.positions('demo', SYMBOL)).toEqual({ LONG: '0', SHORT: '-1' });
    expect((await ours.trades(SYMBOL)).map(({ profit }) => profit)).toEqual(['0', '0', '4']);
  },
};

const HEDGE_REFUSALS: Check = {
  id: 'hedge-refusals',
  area: 'modes',
  name: 'is refused what does not fit the mode',
  codes: [-4061, -1106, -2022, -4067],
  breaks: [grants(-4061), grants(-1106), grants(-2022), grants(-4067)],
  async run(desk) {
    const { ours } = desk;
    await hedged(desk);
    const order = { side: 'BUY', price: '175', quantity: '1' } as const;
    expect(await told(desk, () => ours.place(order))).toEqual({
      code: -4061,
      msg: "Order's position side does not match user's setting.",
    });
    expect(await told(desk, () => ours.place({ ...order, reduceOnly: true, extra: { positionSide: 'LONG' } }))).toEqual({
      code: -1106,
      msg: "Parameter 'reduceonly' sent when not required.",
    });
    expect(await told(desk, () => ours.place({ ...order, extra: { positionSide: 'SHORT' } }))).toEqual({
      code: -2022,
      msg: 'ReduceOnly Order is rejected.',
    });
    await ours.place({ ...order, extra: { positionSide: 'LONG' } });
    expect(await told(desk, () => ours.raw('POST', 'v1/positionSide/dual', { dualSidePosition: 'false' }))).toEqual({
      code: -4067,
      msg: 'Position side cannot be changed if there exists open orders.',
    });
  },
};

const ISOLATES: Check = {
  id: 'isolated-margin',
  area: 'modes',
  name: 'isolates the margin of a symbol and moves money in and out',
  codes: [-4051, -4048],
  breaks: [
    BALANCE_OFF,
    notDone('money is told as moved and is not', /POST .*positionMargin$/, '{"amount":10,"code":200,"msg":"ok","type":1}'),
    notDone('margin is told as isolated and is not', /POST .*marginType/, '{"code":200,"msg":"success"}'),
    grants(-4051),
    grants(-4048),
  ],
  async run(desk) {
    const { ours, theirs } = desk;
    await ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType: 'ISOLATED' });
    await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
    await ours.place({ side: 'BUY', price: '180', quantity: '1' });
    // 180 / 20 and a fee of 0.09 are gone from what is available.
    expect(await ours.balance()).toEqual({ wallet: '99999.91', available: '99990.91' });
    await ours.raw('POST', 'v1/positionMargin', { symbol: SYMBOL, amount: '10', type: '1' });
    expect(await ours.balance()).toMatchObject({ available: '99980.91' });
    expect(await told(desk, () => ours.raw('POST', 'v1/positionMargin', { symbol: SYMBOL, amount: '11', type: '2' }))).toEqual({
      code: -4051,
      msg: 'Isolated balance insufficient.',
    });
    expect(await told(desk, () => ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType: 'CROSSED' }))).toEqual({
      code: -4048,
      msg: 'Margin type cannot be changed if there exists position.',
    });
  },
};

const JOINS_ASSETS: Check = {
  id: 'multi-assets',
  area: 'modes',
  name: 'joins all assets as margin, but not beside isolated margin',
  codes: [-4167, -4168],
  breaks: [
    notDone('assets are told as joined and are not', /POST .*multiAssetsMargin/, '{"code":200,"msg":"success"}'),
    answer('what is available is another', /GET .*(account|balance)/, (body) =>
      body.replaceAll('"availableBalance":"99980', '"availableBalance":"99970'),
    ),
    grants(-4167),
    grants(-4168),
  ],
  async run(desk) {
    const { ours } = desk;
    const isolate = (marginType: string) => told(desk, () => ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType }));
    const join = () => told(desk, () => ours.raw('POST', 'v1/multiAssetsMargin', { multiAssetsMargin: 'true' }));
    await isolate('ISOLATED');
    expect(await join()).toEqual({
      code: -4167,
      msg: 'Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.',
    });
    await isolate('CROSSED');
    expect(await join()).toBe('granted');
    // A dollar coin counts 0.01 % less as collateral, and a requirement 0.01 % more.
    expect((await ours.balance()).available).toMatch(/^99980\.00/);
    expect(await isolate('ISOLATED')).toEqual({
      code: -4168,
      msg: 'Unable to adjust to isolated-margin mode under the Multi-Assets mode.',
    });
  },
};

export const MODE_CHECKS: readonly Check[] = [HEDGES, HEDGE_REFUSALS, ISOLATES, JOINS_ASSETS];
