/** Checks: hedge mode and isolated margin, with their refusals, as the client sends and tells them. */
import { describe, expect, it } from '@jest/globals';
import { type ClientDesk, openDesk } from './client-desk.ts';
import type { Candidate } from './client-under-test.ts';
import { SYMBOL } from './desk-venue.ts';

export function describeModes(candidate: Candidate): void {
  describe('modes', () => {
    const desk = openDesk(candidate);

    async function refusal(call: Promise<unknown>) {
      return call.then(
        () => 'granted',
        (error) => candidate.refusalOf(error) ?? String(error),
      );
    }

    async function hedged({ ours }: ClientDesk): Promise<void> {
      await ours.raw('POST', 'v1/positionSide/dual', { dualSidePosition: 'true' });
    }

    it('holds a long and a short position in hedge mode', async () => {
      const { ours, theirs, venue } = desk();
      await hedged(desk());
      await theirs.place({ side: 'SELL', price: '180', quantity: '2' });
      await ours.place({ side: 'BUY', price: '180', quantity: '2', extra: { positionSide: 'LONG' } });
      await theirs.place({ side: 'BUY', price: '181', quantity: '1' });
      await ours.place({ side: 'SELL', price: '181', quantity: '1', extra: { positionSide: 'SHORT' } });
      expect(venue.positions('demo', SYMBOL)).toEqual({ LONG: '2', SHORT: '-1' });
      await theirs.place({ side: 'BUY', price: '182', quantity: '2' });
      await ours.place({ side: 'SELL', quantity: '2', extra: { positionSide: 'LONG' } });
      expect(venue.positions('demo', SYMBOL)).toEqual({ LONG: '0', SHORT: '-1' });
      expect((await ours.trades(SYMBOL)).map(({ profit }) => profit)).toEqual(['0', '0', '4']);
    });

    it('is refused what does not fit the mode', async () => {
      const { ours } = desk();
      await hedged(desk());
      const order = { side: 'BUY', price: '175', quantity: '1' } as const;
      expect(await refusal(ours.place(order))).toEqual({ code: -4061, msg: "Order's position side does not match user's setting." });
      expect(await refusal(ours.place({ ...order, reduceOnly: true, extra: { positionSide: 'LONG' } }))).toEqual({
        code: -1106,
        msg: "Parameter 'reduceonly' sent when not required.",
      });
      expect(await refusal(ours.place({ ...order, extra: { positionSide: 'SHORT' } }))).toEqual({
        code: -2022,
        msg: 'ReduceOnly Order is rejected.',
      });
      await ours.place({ ...order, extra: { positionSide: 'LONG' } });
      expect(await refusal(ours.raw('POST', 'v1/positionSide/dual', { dualSidePosition: 'false' }))).toEqual({
        code: -4067,
        msg: 'Position side cannot be changed if there exists open orders.',
      });
    });

    it('isolates the margin of a symbol and moves money in and out', async () => {
      const { ours, theirs } = desk();
      await ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType: 'ISOLATED' });
      await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
      await ours.place({ side: 'BUY', price: '180', quantity: '1' });
      // 180 / 20 and a fee of 0.09 are gone from what is available.
      expect(await ours.balance()).toEqual({ wallet: '99999.91', available: '99990.91' });
      await ours.raw('POST', 'v1/positionMargin', { symbol: SYMBOL, amount: '10', type: '1' });
      expect(await ours.balance()).toMatchObject({ available: '99980.91' });
      expect(await refusal(ours.raw('POST', 'v1/positionMargin', { symbol: SYMBOL, amount: '11', type: '2' }))).toEqual({
        code: -4051,
        msg: 'Isolated balance insufficient.',
      });
      expect(await refusal(ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType: 'CROSSED' }))).toEqual({
        code: -4048,
        msg: 'Margin type cannot be changed if there exists position.',
      });
    });

    it('joins all assets as margin, but not beside isolated margin', async () => {
      const { ours } = desk();
      const isolate = (marginType: string) => refusal(ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType }));
      const join = () => refusal(ours.raw('POST', 'v1/multiAssetsMargin', { multiAssetsMargin: 'true' }));
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
    });
  });
}
