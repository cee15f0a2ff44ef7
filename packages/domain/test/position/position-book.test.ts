import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyFill,
  decimal,
  entryPrice,
  flatPosition,
  type Position,
  PositionBook,
  positionText,
  unrealisedPnl,
  ZERO,
} from '../../src/mod.ts';
import { arrivals, fill, INSTRUMENT, tradeHistory } from '../arbitraries.ts';

function text(position: Position): string {
  return `${positionText(position)} pnl ${position.realisedPnl.toFixed(40)} fees ${[...position.fees].join()}`;
}

describe('position', () => {
  it('takes the weighted mean when it grows and keeps the entry when it shrinks', () => {
    const long = [fill(1, 'buy', '1', '100'), fill(2, 'buy', '3', '104'), fill(3, 'sell', '2', '110')].reduce(
      applyFill,
      flatPosition(INSTRUMENT),
    );

    expect(entryPrice(long).toString()).toBe('103');
    expect(long.qty.toString()).toBe('2');
    expect(long.realisedPnl.toString()).toBe('14');
  });

  it('closes and opens the rest when a fill crosses zero', () => {
    const short = [fill(1, 'buy', '1', '100'), fill(2, 'sell', '3', '90')].reduce(applyFill, flatPosition(INSTRUMENT));

    expect(positionText(short)).toBe(`${INSTRUMENT} -2 @ 90`);
    expect(short.realisedPnl.toString()).toBe('-10');
    expect(unrealisedPnl(short, decimal('80')).toString()).toBe('20');
  });

  it('conserves cash: realised + unrealised = value of all trades at the mark', () => {
    fc.assert(
      fc.property(tradeHistory, (fills) => {
        const mark = decimal('101.5');
        const end = fills.reduce(applyFill, flatPosition(INSTRUMENT));
        const cash = fills.reduce((sum, one) => sum.plus(one.qty.times(one.price).times(one.side === 'buy' ? -1 : 1)), ZERO);
        const equity = end.realisedPnl.plus(unrealisedPnl(end, mark));
        expect(
          equity
            .minus(cash.plus(end.qty.times(mark)))
            .abs()
            .lt('1e-60'),
        ).toBe(true);
      }),
    );
  });

  it('is the same for fills in any order, with repeats', () => {
    fc.assert(
      fc.property(
        tradeHistory.chain((fills) => arrivals(fills).map((arrived) => ({ fills, arrived }))),
        ({ fills, arrived }) => {
          const straight = new PositionBook();
          for (const one of fills) straight.book(one);
          const mixed = new PositionBook();
          const booked = arrived.filter((one) => mixed.book(one)).length;
          expect(text(mixed.get(INSTRUMENT))).toBe(text(straight.get(INSTRUMENT)));
          expect(booked).toBe(fills.length);
        },
      ),
    );
  });

  it('books both halves of a self-trade, which carry one trade id', () => {
    const book = new PositionBook();

    expect([book.book(fill(7, 'buy', '1', '100')), book.book(fill(7, 'sell', '1', '100')), book.book(fill(7, 'buy', '1', '100'))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(book.qty(INSTRUMENT).toString()).toBe('0');
  });

  it('remembers but does not move for a trade older than the ledger', () => {
    const book = new PositionBook();
    book.book({ ...fill(1, 'buy', '1', '100'), beforeLedger: true });

    expect(book.qty(INSTRUMENT).toString()).toBe('0');
    expect(book.book(fill(1, 'buy', '1', '100'))).toBe(false);
  });

  it('stays exact when thousands of fills have left the window', () => {
    const book = new PositionBook();
    for (let id = 1; id <= 5_000; id++) book.book(fill(id, id % 3 === 0 ? 'sell' : 'buy', '0.1', '100'));

    expect(book.qty(INSTRUMENT).toString()).toBe('166.8');
    expect(book.state(INSTRUMENT)?.recent.length).toBeLessThanOrEqual(500);
  });

  it('goes on from its state as if it had never stopped, also with trades that arrive late or again', () => {
    fc.assert(
      fc.property(tradeHistory.chain(arrivals), fc.nat(), (arrived, at) => {
        const cut = at % (arrived.length + 1);
        const straight = new PositionBook();
        for (const one of arrived.slice(0, cut)) straight.book(one);
        const restored = new PositionBook();
        const state = straight.state(INSTRUMENT);
        if (state) restored.restore(state);

        for (const one of arrived.slice(cut)) expect(restored.book(one)).toBe(straight.book(one));
        expect(text(restored.get(INSTRUMENT))).toBe(text(straight.get(INSTRUMENT)));
        expect(restored.state(INSTRUMENT)).toEqual(straight.state(INSTRUMENT));
      }),
    );
  });

  it('hands out a state that later trades do not change', () => {
    const book = new PositionBook();
    book.book(fill(1, 'buy', '1', '100'));
    const state = book.state(INSTRUMENT);
    book.book(fill(2, 'buy', '1', '100'));
    const restored = new PositionBook();
    if (state) restored.restore(state);

    expect([1, 2].map((id) => restored.has(fill(id, 'buy', '1', '100')))).toEqual([true, false]);
    expect(restored.qty(INSTRUMENT).toString()).toBe('1');
    expect(new PositionBook().state(INSTRUMENT)).toBeUndefined();
  });
});
