import { decimal, usTime } from '@fillwright/domain';
import type { PositionReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { comparePositions } from '../../src/recovery/position-reconciliation.ts';
import { BTC, World } from '../_world.ts';

function held(qty: string, venueTs = usTime(1_795_000_000_000_000)): PositionReport {
  return { instrument: BTC, qty: decimal(qty), entryPrice: decimal('100'), venueTs };
}

/** The venue goes on saying that `qty` is held and that it has no more trades, until both sides agree. */
async function agree(world: World, qty: string): Promise<void> {
  for (let round = 0; round < 8 && world.audit.positionsInDoubt; round += 1) {
    while (world.count('trades') > world.tradesAnswered) await world.answerTrades([]);
    const asked = world.count('positions');
    while (world.count('positions') === asked) await world.clock.advance(100);
    await world.answer('positions', [held(qty)]);
  }
}

describe('a position that was repaired', () => {
  it('is not doubled for good by the real trade that turns up after all', async () => {
    const world = new World();
    world.context.inputs.run(() => world.audit.compare([held('1')]));
    await agree(world, '1');
    expect(world.qty()).toBe('1');

    world.reports.trade(world.fill(1, '1'));
    expect(world.qty()).toBe('2');
    world.context.inputs.run(() => world.audit.compare([held('1')]));
    expect(world.audit.positionsInDoubt).toBe(true);
    await agree(world, '1');

    expect([world.qty(), world.audit.positionsInDoubt]).toEqual(['1', false]);
    const ids = world.recordsOf('stray-fill').map(({ fill }) => fill.tradeId);
    expect(new Set(ids).size).toBe(3);
  });
});

it('a position counts however long ago it changed: it is state, not history', () => {
  expect(comparePositions([], [held('3', usTime(1))])).toMatchObject([{ instrument: BTC }]);
});
