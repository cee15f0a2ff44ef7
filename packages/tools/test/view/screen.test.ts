import type { EngineStateMessage } from '@fillwright/messages';
import { describe, expect, it } from '@jest/globals';
import { plainLine } from '../../src/view/plain-line.ts';
import { renderScreen } from '../../src/view/screen.ts';
import type { ScreenState } from '../../src/view/screen-state.ts';
import { lineText, widthOf } from '../../src/view/text.ts';
import { market, NOW_US, order, process, sampleState } from './_sample-state.ts';

function screen(state: ScreenState, columns = 80, rows = 24): readonly string[] {
  return renderScreen(state, { columns, rows }).map((line) => lineText(line, false).trimEnd());
}

describe('the screen', () => {
  it('shows the whole desk on 80 × 24', () => {
    expect(screen(sampleState())).toEqual([
      ' FILLWRIGHT  SIMULATOR  ● TRADING  00:01:23   128 orders  31 fills  rtt 1.24 ms',
      ' PROCESS             STATE       PID   LINK      LAG  GAPS  RESTARTS',
      ' exchange-simulator  ready      4001  0.2 s        –     –         0',
      ' market-server       ready      4002  0.4 s   850 µs     0         0',
      ' trading-engine      ready      4003  0.4 s  1.24 ms     0         0',
      ' position-server     ready      4004  0.4 s   850 µs     0         1',
      ' trader              ready      4005  0.4 s   850 µs     0         0',
      ' MARKET          SIZE        BID        ASK    SIZE    SPREAD       MARK  UPD/S',
      ' BTCUSDT-PERP   0.098   91,998.4   91,998.8    0.12   4 ticks   91,998.5     41',
      ' ETHUSDT-PERP   1.885   3,099.97   3,099.98    12.4    1 tick   3,099.98     38',
      ' SOLUSDT-PERP             no bid     no ask                 –     180.00      1',
      ' POSITIONS         QTY      ENTRY       MARK  OPEN PNL  REALISED     FEES',
      ' BTCUSDT-PERP   +0.006   91,990.1   91,998.5     +0.05     +1.25   0.3310',
      ' ETHUSDT-PERP   -0.081   3,099.50   3,099.98     -0.04     -0.20   0.3310',
      ' total                                           +0.01     +1.05   0.6620',
      ' BALANCE  wallet 100,000.72 USDT  net PnL after fees +0.40',
      ' ORDERS 4        AGE  SIDE      PRICE     QTY  FILLED  TO TOUCH  STATE        BY',
      ' BTCUSDT-PERP  1.3 s  BUY    91,998.3   0.003       0    1 tick  new          q1',
      ' BTCUSDT-PERP  1.3 s  SELL   92,001.4   0.003   0.001  26 ticks  partial      q1',
      ' ETHUSDT-PERP  1.3 s  BUY    3,099.97   0.081       0  at touch  new          q1',
      ' FILLS                       SIDE     QTY      PRICE              FEE  LIQUIDITY',
      ' 11:59:57.000  BTCUSDT-PERP  SELL   0.003   91,999.1  0.05519946 USDT  maker',
      ' 11:59:57.000  ETHUSDT-PERP  BUY    0.081   3,099.50  0.12552975 USDT  taker',
      ' Ctrl-C stops all in order   npx fillwright control --help pause, resume …',
    ]);
  });

  it.each([
    [80, 24],
    [80, 12],
    [100, 30],
    [120, 60],
    [180, 40],
    [250, 20],
    [40, 5],
  ])('fills %i × %i exactly and never writes beyond', (columns, rows) => {
    const orders = Array.from({ length: 60 }, (_, index) => order(`q1tkr3x0${index.toString(36)}`));
    const state = sampleState();
    const lines = renderScreen({ ...state, desk: { ...state.desk, orders } }, { columns, rows });

    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  it('gives more rows to orders and fills when there is more room', () => {
    const orders = Array.from({ length: 12 }, (_, index) => order(`q1tkr3x0${index.toString(36)}`));
    const state = sampleState();
    const shown = (rows: number) =>
      screen({ ...state, desk: { ...state.desk, orders } }, 110, rows).filter((line) => line.includes('q1tkr3x0'));

    expect(shown(24).length).toBeLessThan(12);
    expect(shown(50)).toHaveLength(12);
  });

  it('puts orders with an unknown outcome first, with their age, and says what that means', () => {
    const state = sampleState();
    const doubtful = order('q1doubt', { state: 'pending', phase: 'unknown', unknownSinceTs: (NOW_US - 4_200_000) as never });
    const lines = screen({ ...state, desk: { ...state.desk, orders: [...state.desk.orders, doubtful] } }, 120, 40);

    expect(lines[1]).toContain('! 1 order with an unknown outcome: counted as filled until the exchange says otherwise');
    const table = lines.slice(lines.findIndex((line) => line.includes('ORDERS 5')));
    expect(table[1]).toContain('UNKNOWN 4.2 s');
  });

  it('names a trader that is not heard any more, and what is done about it', () => {
    const state = sampleState();
    const silentTraders: EngineStateMessage['silentTraders'] = [{ src: 'trader2', owner: 'q2', policy: 'cancel' }];
    const engine = { state: 'ready', mode: 'normal', reasons: [], streamUp: true, unknownOrders: 0, openOrders: 0, silentTraders } as const;
    const lines = screen({ ...state, desk: { ...state.desk, engine: { ...engine, reasons: [] } } }, 120, 40);

    expect(lines[1]).toContain('! trader trader2 (q2) is not heard any more: its orders are cancelled');
  });

  it('says first that it is not trading, and why', () => {
    const state = sampleState({
      phase: 'not ready',
      notices: ['trader ended with signal SIGKILL; it is started again in 1 s'],
      processes: [process('trading-engine', { state: 'degraded', reasons: ['private stream not in sync'] }), process('trader')],
    });
    const lines = screen(state, 120, 30);

    expect(lines[0]).toContain('● NOT READY');
    expect(lines[1]).toBe(' waiting for trading-engine (private stream not in sync)');
    expect(lines[2]).toContain('signal SIGKILL');
    expect(lines.find((line) => line.includes('degraded'))).toContain('private stream not in sync');
  });

  it('greys out a market whose feed went silent and shows its age', () => {
    const state = sampleState();
    const markets = [market('BTCUSDT-PERP.BINANCE', { ageMs: 12_000 })];
    const lines = screen({ ...state, desk: { ...state.desk, markets } }, 100, 30);

    expect(lines.find((line) => line.includes('91,998.4'))).toContain('12 s old');
  });

  it('uses colours only when asked to', () => {
    const [first = []] = renderScreen(sampleState(), { columns: 80, rows: 24 });

    expect(lineText(first, false)).not.toContain('\u001b');
    expect(lineText(first, true)).toContain('\u001b[1;36m');
  });
});

describe('the plain line', () => {
  it('tells the state of the desk in one line', () => {
    expect(plainLine(sampleState())).toBe(
      '12:00:00 trading · orders 128, open 4 · fills 31 · BTCUSDT-PERP 0.006 · ETHUSDT-PERP -0.081 · net PnL +0.40 · 100000.72 USDT · round trip 1.24 ms p99 6.90 ms',
    );
  });

  it('names who is not ready, and unknown orders', () => {
    const state = sampleState({ phase: 'not ready', processes: [process('trader', { state: 'died' })] });
    const doubtful = order('q1doubt', { state: 'pending', phase: 'unknown' });

    expect(plainLine({ ...state, desk: { ...state.desk, orders: [doubtful] } })).toMatch(/not ready · trader died · .* · UNKNOWN 1 · /);
  });
});
