import { usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { createWorld } from '../adapter-world.ts';

const SINCE = usTime(1_794_412_800_000_000);
const row = (symbol: string, incomeType: string) => ({
  symbol,
  incomeType,
  income: '-0.1',
  asset: 'USDT',
  time: 1_794_412_800_000,
  tranId: 9,
});

function asking(pages: readonly (readonly unknown[])[]) {
  const world = createWorld();
  const asked: string[] = [];
  world.http.auto = (what, params) => {
    if (what !== 'GET /fapi/v1/income') return undefined;
    asked.push(`${params.get('startTime')} page ${params.get('page')}`);
    return [200, pages[Number(params.get('page')) - 1] ?? []];
  };
  return { answer: world.adapter.paidInstruments?.(SINCE), asked };
}

describe('the instruments that moved money', () => {
  it('are named once each; transfers and symbols that are no perpetual of ours are left out', async () => {
    const rows = [row('ETHUSDT', 'COMMISSION'), row('BTCUSDT', 'COMMISSION'), row('ETHUSDT', 'REALIZED_PNL'), row('', 'TRANSFER')];
    expect(await asking([[...rows, row('NO SYMBOL', 'COMMISSION')]]).answer).toEqual({
      type: 'answered',
      value: ['BTCUSDT-PERP.BINANCE', 'ETHUSDT-PERP.BINANCE'],
    });
  });

  it('are read page after page', async () => {
    const { answer, asked } = asking([Array.from({ length: 1000 }, () => row('BTCUSDT', 'COMMISSION')), [row('ETHUSDT', 'COMMISSION')]]);
    expect(await answer).toMatchObject({ value: ['BTCUSDT-PERP.BINANCE', 'ETHUSDT-PERP.BINANCE'] });
    expect(asked).toEqual(['1794412800000 page 1', '1794412800000 page 2']);
  });

  it('are not known when the history is longer than can be read, or is none', async () => {
    const full = Array.from({ length: 1000 }, () => row('BTCUSDT', 'COMMISSION'));
    expect((await asking(Array.from({ length: 30 }, () => full)).answer)?.type).toBe('failed');
    expect((await asking([{ code: -1 } as never]).answer)?.type).toBe('failed');
  });
});
