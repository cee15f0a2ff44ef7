import { atRiskQty, type Decimal, decimal, type Order, ZERO } from '@fillwright/domain';
import { confirmed, refused, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';

function exposure(world: World): readonly string[] {
  const { long, short } = world.book.exposure(BTC);
  return [long.toString(), short.toString()];
}

describe('exposure', () => {
  it('counts an order from its intent to its end, in flight and unknown as filled', async () => {
    const world = new World();
    world.held = true;
    world.place(ID);
    expect(exposure(world)).toEqual(['1', '0']);
    world.release();
    expect(exposure(world)).toEqual(['1', '0']);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    expect(exposure(world)).toEqual(['1', '0']);
    world.reports.report(world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.4'), fill: world.fill(1, '0.4') }));
    expect(exposure(world)).toEqual(['1', '0.4']);
    world.reports.report(world.report(ID, { phase: 'canceled', filledQty: decimal('0.4') }));
    expect(exposure(world)).toEqual(['0.4', '0.4']);
  });

  it('forgets what was denied or refused', async () => {
    const world = new World();
    world.gate = { code: 'HALTED', text: '' };
    world.place(ID);
    world.gate = undefined;
    world.place('q1tkr3x02');
    await world.lastCall('submit').answer(refused('MARGIN', ''));

    expect(exposure(world)).toEqual(['0', '0']);
  });

  it('leaves one order out when asked', async () => {
    const world = new World();
    await world.open(ID);
    await world.open('q1tkr3x02', { side: 'sell', qty: '3' });

    expect(world.book.exposure(BTC, ID)).toEqual({ long: ZERO, short: decimal('-3') });
    expect(world.book.exposure(BTC, 'q1tkr3x02')).toEqual({ long: decimal('1'), short: ZERO });
    expect(world.book.exposure(BTC, 'nobody')).toEqual({ long: decimal('1'), short: decimal('-3') });
  });

  it('is what adding up all live orders gives, whatever happens to them', async () => {
    type Step = { readonly order: number; readonly what: number; readonly lots: number };
    const step = fc.record({ order: fc.nat(4), what: fc.nat(8), lots: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        for (const [at, made] of steps.entries()) {
          await take(world, made, at);
          expect(exposure(world)).toEqual(addedUp(world));
        }
        expect(world.broken).toEqual([]);
      }),
      { numRuns: 60 },
    );

    async function take(world: World, { order, what, lots }: Step, at: number): Promise<void> {
      const id = `q1tkr3x0${order}`;
      const known = world.book.order(id);
      const qty = String(lots / 10);
      if (!known) {
        world.place(id, { side: order % 2 ? 'sell' : 'buy', qty });
        return;
      }
      const filled = known.filledQty.plus(decimal(qty));
      const fill = world.fill(at, qty, { side: known.terms.side });
      const outcome = [confirmed(world.report(id)), unknown('NO_ANSWER', ''), refused('NO', '')][lots % 3];
      if (what < 2) await world.calls.findLast((call) => call.name === 'submit' && call.id === id)?.answer(outcome);
      else if (what === 2) world.cancel(id, `c${at}`);
      else if (what === 3) world.modify(id, { qty }, `m${at}`);
      else if (what === 4) await world.calls.findLast((call) => call.name === 'modify' && call.id === id)?.answer(outcome);
      else if (what === 5) world.reports.report(world.report(id, { phase: 'canceled', filledQty: known.filledQty }));
      else if (what === 6) world.reports.report(world.report(id, { terms: { ...known.terms, qty: decimal(qty) } }));
      else world.reports.report(world.report(id, { phase: 'partially-filled', filledQty: filled, fill }));
    }

    function addedUp(world: World): readonly string[] {
      const sum = (side: 'buy' | 'sell') =>
        world.book
          .liveOrders()
          .filter(({ terms }) => terms.side === side)
          .reduce((total, order) => total.plus(worst(order)), ZERO);
      const qty = world.book.positions.qty(BTC);
      return [qty.plus(sum('buy')).toString(), qty.minus(sum('sell')).toString()];
    }

    function worst(order: Order): Decimal {
      const asked = order.state === 'closed' ? undefined : order.request?.qty?.minus(order.filledQty);
      const rest = atRiskQty(order);
      return asked?.gt(rest) ? asked : rest;
    }
  });
});
