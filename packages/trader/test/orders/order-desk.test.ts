import { usTime } from '@fillwright/domain';
import { orderView } from '@fillwright/messages';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeskWorld } from '../_world.ts';

let world: DeskWorld;

beforeEach(() => {
  world = new DeskWorld();
});

afterEach(() => world.close());

describe('placing', () => {
  it('journals the intent, then publishes a command whose id is the order id', () => {
    const order = world.buy();
    const [command] = world.commandsOf('command.place');

    expect(command).toMatchObject({
      id: order.clientOrderId,
      data: { owner: 'q1', engineEpoch: 7, qty: '1', price: '100', type: 'limit', timeInForce: 'GTC' },
    });
    expect(world.journal.unsettled().map(({ command: kept }) => kept.clientOrderId)).toEqual([order.clientOrderId]);
    expect(world.own.live()).toEqual([order]);
  });

  it('says why and sends nothing while it may not open', () => {
    world.blocked = { code: 'PAUSED', text: 'paused' };

    expect(world.desk.place('buy', 'BTCUSDT-PERP.BINANCE' as never, '1', { price: '100' })).toEqual({ ok: false, reason: world.blocked });
    expect(world.sent).toEqual([]);
    expect(world.journal.unsettled()).toEqual([]);
  });

  it('gives every order its own id, in all runs of the trader', () => {
    const ids = [world.buy(), world.buy(), world.buy()].map(({ clientOrderId }) => clientOrderId);

    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => id.startsWith('q1'))).toBe(true);
  });

  it('sends the same command again until answered', () => {
    const order = world.buy();
    world.clock.advance(350);
    const copies = world.commandsOf('command.place');
    world.desk.answer({ commandId: order.clientOrderId, verdict: 'accepted' });
    world.clock.advance(10_000);

    expect(copies.map(({ id }) => id)).toEqual(Array(3).fill(order.clientOrderId));
    expect(world.commandsOf('command.place')).toHaveLength(3);
    expect(world.commandsOf('command.query')).toHaveLength(0);
  });

  it('asks what became of it after the deadline, and believes “not found” only then', () => {
    const order = world.buy();
    world.clock.advance(2_100);
    const [query] = world.commandsOf('command.query');
    if (!query) throw new Error('no query');
    expect(world.own.get(order.clientOrderId)?.phase).toBe('intent');

    world.desk.answer({ commandId: query.id, verdict: 'not-found' });
    expect(world.own.get(order.clientOrderId)).toMatchObject({ phase: 'denied', reason: { code: 'NEVER_ARRIVED' } });
    expect(world.journal.unsettled()).toEqual([]);
  });

  it('ends what the engine denied without taking it on', () => {
    const order = world.buy();
    world.desk.answer({ commandId: order.clientOrderId, verdict: 'denied', reason: { code: 'NOT_YOURS', text: 'tag of another' } });

    expect(world.own.get(order.clientOrderId)).toMatchObject({ state: 'closed', phase: 'denied' });
  });
});

describe('what the engine says', () => {
  it('counts the round trip to the first state the venue confirmed', () => {
    const order = world.buy();
    world.clock.advance(4);
    world.desk.event({ change: 'sending', order: world.view(order, { state: 'pending', phase: 'sending' }) }, order.clientOrderId);
    expect(world.roundTrips.summary().n).toBe(0);
    world.desk.event({ change: 'accepted', order: world.view(order) }, undefined);

    expect(world.roundTrips.summary()).toEqual({ n: 1, p50: 6_000, p99: 6_000 });
  });

  it('settles the intent when the order ends', () => {
    const order = world.buy();
    world.desk.event({ change: 'canceled', order: world.view(order, { state: 'closed', phase: 'canceled' }) }, undefined);

    expect(world.journal.unsettled()).toEqual([]);
    expect(world.own.live()).toEqual([]);
    expect(world.changes.at(-1)).toMatchObject({ phase: 'canceled' });
  });

  it('does not go back when an answer is older than an event', () => {
    const order = world.buy();
    const older = world.view(order);
    const newer = world.view(order, { phase: 'partially-filled', filledQty: '0.5' });
    world.desk.event({ change: 'filled', order: newer }, undefined);
    world.desk.answer({ commandId: 'x', verdict: 'known', order: older });

    expect(world.own.get(order.clientOrderId)).toMatchObject({ phase: 'partially-filled' });
  });

  it('does not let a closed order come back to life', () => {
    const order = world.buy();
    world.desk.event({ change: 'canceled', order: world.view(order, { state: 'closed', phase: 'canceled' }) }, undefined);
    world.desk.event({ change: 'accepted', order: world.view(order) }, undefined);

    expect(world.own.get(order.clientOrderId)).toMatchObject({ phase: 'canceled' });
  });

  it('stops resending a cancel when an event names it', () => {
    const order = world.buy();
    world.desk.answer({ commandId: order.clientOrderId, verdict: 'accepted' });
    world.desk.cancel(order);
    const [cancel] = world.commandsOf('command.cancel');
    world.desk.event({ change: 'cancel-requested', order: world.view(order), commandId: cancel?.id ?? '' }, undefined);
    world.clock.advance(5_000);

    expect(world.commandsOf('command.cancel')).toHaveLength(1);
  });
});

describe('cancelling', () => {
  it('sends one cancel however often it is asked, until that one was answered', () => {
    const order = world.buy();
    world.desk.answer({ commandId: order.clientOrderId, verdict: 'accepted', order: world.view(order) });
    for (let again = 0; again < 5; again += 1) expect(world.desk.cancel(order)).toEqual({ ok: true });
    expect(world.commandsOf('command.cancel')).toHaveLength(1);

    const [cancel] = world.commandsOf('command.cancel');
    world.desk.answer({ commandId: cancel?.id ?? '', verdict: 'denied', reason: { code: 'NOT_NOW', text: 'try again' } });
    world.desk.cancel(order);
    expect(world.commandsOf('command.cancel')).toHaveLength(2);
  });

  it('sends none while the engine already has one under way, and another once that one was refused', () => {
    const order = world.buy();
    const request = { type: 'cancel', commandId: 'c', sinceTs: world.clock.wallUs(), phase: 'sending' } as const;
    world.desk.event({ change: 'cancel-requested', order: world.view(order, { request }) }, undefined);
    world.desk.cancel(order);
    expect(world.commandsOf('command.cancel')).toEqual([]);

    world.desk.event({ change: 'request-refused', order: world.view(order) }, undefined);
    world.desk.cancel(order);
    expect(world.commandsOf('command.cancel')).toHaveLength(1);
  });

  it('does not take “not found” about a cancel for the end of an order that is still on its way', () => {
    const order = world.buy();
    world.desk.cancel(order);
    const [cancel] = world.commandsOf('command.cancel');
    world.desk.answer({ commandId: cancel?.id ?? '', verdict: 'not-found' });
    expect(world.own.get(order.clientOrderId)?.phase).toBe('intent');

    world.desk.event({ change: 'accepted', order: world.view(order) }, undefined);
    expect(world.own.live().map(({ phase }) => phase)).toEqual(['new']);
  });
});

describe('answers to others', () => {
  it('does not take an answer about somebody else’s order for its own, though the id of the question is the same', () => {
    const order = world.buy();
    world.clock.advance(2_100);
    const [query] = world.commandsOf('command.query');
    const theirs = world.view(order, { clientOrderId: 'zz1' as never, owner: 'zz' });
    world.desk.answer({ commandId: query?.id ?? '', verdict: 'known', order: theirs });
    world.clock.advance(10_000);

    expect(world.commandsOf('command.query').length).toBeGreaterThan(1);
    expect(world.own.get(order.clientOrderId)?.phase).toBe('intent');
  });
});

describe('a snapshot of the engine’s orders', () => {
  it('asks about orders it lacks, but not about those still on their way', () => {
    const old = world.buy();
    world.desk.answer({ commandId: old.clientOrderId, verdict: 'accepted', order: world.view(old) });
    const young = world.buy();
    world.desk.snapshot([]);

    expect(world.commandsOf('command.query').map(({ data }) => data.clientOrderId)).toEqual([old.clientOrderId]);
    expect(young.phase).toBe('intent');
  });

  it('asks about an order the engine took on and no longer has, though its deadline is still ahead', () => {
    const order = world.buy();
    world.desk.answer({ commandId: order.clientOrderId, verdict: 'accepted', order: { ...orderView(order) } });
    world.desk.snapshot([]);
    world.clock.advance(2_000);

    expect(world.commandsOf('command.query').map(({ data }) => data.clientOrderId)).toEqual([order.clientOrderId]);
  });

  it('asks at once, however long it would wait before it asks again by itself', () => {
    const order = world.buy();
    world.clock.advance(20_000);
    const before = world.commandsOf('command.query').length;
    world.desk.snapshot([]);
    const query = world.commandsOf('command.query').at(-1);
    world.desk.answer({ commandId: query?.id ?? '', verdict: 'not-found' });

    expect(world.commandsOf('command.query')).toHaveLength(before + 1);
    expect(world.own.get(order.clientOrderId)?.phase).toBe('denied');
  });

  it('takes in orders of an earlier run with our tag and no others', () => {
    const order = world.buy();
    const view = world.view(order);
    const other = { ...view, clientOrderId: 'zz1' as never, owner: 'zz' };
    world.desk.snapshot([{ ...view, clientOrderId: 'q1earlier' as never }, other]);

    expect(world.own.live().map(({ clientOrderId }) => clientOrderId)).toEqual([order.clientOrderId, 'q1earlier']);
  });
});

describe('after a crash', () => {
  it('remembers every intent without an end, in order', () => {
    const first = world.buy();
    const second = world.buy('101');
    world.desk.event({ change: 'canceled', order: world.view(first, { state: 'closed', phase: 'canceled' }) }, undefined);
    world.journal.close();

    const again = new DeskWorld(world.folder);
    again.desk.resume();
    expect(again.own.live().map(({ clientOrderId }) => clientOrderId)).toEqual([second.clientOrderId]);
    again.commands.close();
    again.journal.close();
  });

  it('asks about an intent that was still on its way, once its deadline has passed', () => {
    const order = world.buy();
    world.journal.close();

    const again = new DeskWorld(world.folder);
    again.desk.resume();
    again.desk.snapshot([]);
    again.clock.advance(1_999);
    expect(again.commandsOf('command.query')).toEqual([]);
    again.clock.advance(1);
    const [query] = again.commandsOf('command.query');
    expect(query?.data).toEqual({ clientOrderId: order.clientOrderId });

    again.desk.answer({ commandId: query?.id ?? '', verdict: 'not-found' });
    expect(again.own.live()).toEqual([]);
    again.commands.close();
    again.journal.close();
  });
});

describe('a clock that is set back', () => {
  it('does not make the end of an order old news', () => {
    const order = world.buy();
    world.desk.event({ change: 'accepted', order: { ...world.view(order), updatedTs: usTime(5_000_000) } }, order.clientOrderId);
    const end = world.view(order, { state: 'closed', phase: 'canceled' });

    world.desk.event({ change: 'canceled', order: { ...end, updatedTs: usTime(2_000_000) } }, undefined);
    expect(world.own.get(order.clientOrderId)).toMatchObject({ state: 'closed', phase: 'canceled' });
    expect(world.own.liveCount).toBe(0);
  });
});
