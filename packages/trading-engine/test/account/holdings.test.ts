import { decimal, parseInstrumentId } from '@fillwright/domain';
import { fillView } from '@fillwright/messages';
import { describe, expect, it } from '@jest/globals';
import { AccountBook } from '../../src/account/account-book.ts';
import { Holdings } from '../../src/account/holdings.ts';
import { reduceStrategy } from '../../src/account/owner-tags.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/account/snapshot-codec.ts';
import { BTC, World } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

function booked(...trades: readonly (readonly [owner: string, signed: string, strategy?: string])[]): Holdings {
  const holdings = new Holdings();
  for (const [owner, signed, strategy = ''] of trades)
    holdings.booked({ instrument: BTC, side: signed.startsWith('-') ? 'sell' : 'buy', qty: signed.replace('-', ''), owner, strategy });
  return holdings;
}

function told(holdings: Holdings): readonly string[] {
  return holdings.all().map(({ tag, qty }) => `${tag} ${qty}`);
}

describe('what each owner holds', () => {
  it('is the sum of its fills, and gone at nothing', () => {
    const holdings = booked(['q1', '2'], ['q2', '-0.5'], ['q1', '-2']);
    expect(told(holdings)).toEqual(['q2 -0.5']);
    expect(holdings.of('q1')).toEqual([]);
    expect(holdings.tags()).toEqual(['q2']);
  });

  it('is taken by what the engine closes: from whom it was meant for first, then from others, never turning anybody around', () => {
    expect(told(booked(['q1', '2'], ['q2', '3'], ['FLAT', '-2', reduceStrategy('q2')]))).toEqual(['q1 2', 'q2 1']);
    expect(told(booked(['q1', '2'], ['q2', '3'], ['FLAT', '-4', 'flatten']))).toEqual(['q2 1']);
    expect(told(booked(['q1', '2'], ['q2', '-3'], ['FLAT', '5', 'flatten']))).toEqual(['q1 2']);
  });

  it('is no part of trades that are older than the ledger', () => {
    const holdings = new Holdings();
    holdings.booked({ instrument: ETH, side: 'buy', qty: '1', owner: 'q1', strategy: '', beforeLedger: true });
    expect(holdings.all()).toEqual([]);
  });
});

describe('the account book', () => {
  it('counts each trade once, whatever comes twice, and a snapshot brings it back', async () => {
    const world = new World();
    await world.open('q1tkr3x01');
    world.context.inputs.run(() =>
      world.reports.event({
        type: 'order',
        report: world.report('q1tkr3x01', {
          phase: 'partially-filled',
          filledQty: decimal('0.4'),
          change: 'trade',
          fill: world.fill(1, '0.4'),
        }),
      }),
    );
    expect(told(world.book.holdings)).toEqual(['q1 0.4']);
    const last = world.records.findLast((record) => record.k === 'order' && record.change.fill !== undefined);
    if (last) world.book.apply(last, world.book.lastPos);
    expect(told(world.book.holdings)).toEqual(['q1 0.4']);

    const restored = new AccountBook();
    const state = decodeSnapshot(encodeSnapshot(world.book.state()));
    if (state) restored.restore(state);
    expect(told(restored.holdings)).toEqual(['q1 0.4']);
  });

  it('gives a trade that was nobody’s to the order that turned up for it', () => {
    const world = new World();
    const fill = world.fill(1, '0.4');
    world.context.records.strayFill(fill, 'EXTERNAL');
    expect(told(world.book.holdings)).toEqual([]);
    world.place('q1tkr3x01');
    const order = world.records.findLast((record) => record.k === 'order');
    if (order?.k !== 'order') throw new Error('no order');
    const claimed = { k: 'order', ts: order.ts, change: order.change, claims: fillView(fill, 'q1', 's') } as const;
    world.book.apply(claimed, world.book.lastPos + 1);
    world.book.apply(claimed, world.book.lastPos + 1);
    expect(told(world.book.holdings)).toEqual(['q1 0.4']);
  });
});
