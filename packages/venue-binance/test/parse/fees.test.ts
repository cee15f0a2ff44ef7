import { describe, expect, it } from '@jest/globals';
import { readUserFrame } from '../../src/parse/user-frame.ts';
import { fillTexts } from '../adapter-world.ts';
import { orderUpdate } from '../payloads.ts';

function feeOf(overrides: object) {
  const frame = readUserFrame(JSON.stringify(orderUpdate({ ...overrides })), () => 'USDT');
  const [event] = frame.type === 'events' ? frame.events : [];
  const { fee, feeAsset } = (event?.type === 'order' && fillTexts(event.report.fill)) || {};
  return [fee, feeAsset];
}

describe('the fee of a trade', () => {
  it('keeps its sign: a rebate of a maker is money received', () => {
    expect(feeOf({ n: '-0.00735996', N: 'USDT' })).toEqual(['-0.00735996', 'USDT']);
  });

  it('stays in the asset it was taken in', () => {
    expect(feeOf({ n: '0.00000012', N: 'BNB' })).toEqual(['0.00000012', 'BNB']);
  });
});
