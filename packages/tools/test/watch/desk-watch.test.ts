import { CATALOG, checkMessage, EXAMPLES, exampleEnvelope, type Message, type MessageType, type SnapshotReply } from '@fillwright/messages';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeskWatch } from '../../src/watch/desk-watch.ts';

let nowUs: number;
let seqs: Map<string, number>;
let desk: DeskWatch;

beforeEach(() => {
  nowUs = 10_000_000;
  seqs = new Map();
  desk = new DeskWatch(() => nowUs);
});

/** The example of a type with other data, numbered on its topic. */
function message(type: MessageType, data: Readonly<Record<string, unknown>> = {}, seq?: number): Message {
  const envelope = exampleEnvelope(type, CATALOG[type].stream);
  const next = seq ?? (seqs.get(envelope.topic) ?? 0) + 1;
  seqs.set(envelope.topic, next);
  const checked = checkMessage({ ...envelope, seq: next, data: { ...EXAMPLES[type], ...data } });
  if (!checked.ok) throw new Error(checked.detail);
  return checked.message;
}

const orderEvent = (change: string, order: Readonly<Record<string, unknown>> = {}) => {
  const { fill: _, ...event } = EXAMPLES['order.event'];
  return message('order.event', { ...event, change, order: { ...EXAMPLES['order.event'].order, ...order } });
};

describe('the watch over the desk', () => {
  it('keeps orders until they are closed, and counts what happened', () => {
    desk.apply(orderEvent('accepted', { phase: 'new', filledQty: '0', filledQuote: '0' }));
    desk.apply(orderEvent('filled'));
    expect(desk.view().orders.map(({ phase }) => phase)).toEqual(['partially-filled']);

    desk.apply(orderEvent('canceled', { state: 'closed', phase: 'canceled' }));
    expect(desk.view()).toMatchObject({ orders: [], counts: { accepted: 1, canceled: 1, rejected: 0, denied: 0 } });
  });

  it('shows fills of the account, newest first, whoever made them', () => {
    const { fill } = EXAMPLES['account.fill'];
    desk.apply(message('account.fill'));
    desk.apply(message('account.fill', { fill: { ...fill, owner: 'EXTERNAL', tradeId: '2' } }));

    expect(desk.view().fills.map(({ owner }) => owner)).toEqual(['EXTERNAL', fill.owner]);
    expect(desk.view().counts.fills).toBe(2);
  });

  it('brings book, mark and tick of an instrument together and measures rate and age', () => {
    desk.apply(message('market.instrument'));
    for (let update = 0; update < 5; update += 1) desk.apply(message('market.ticker'));
    desk.apply(message('market.mark'));
    nowUs += 1_000_000;

    expect(desk.view().markets).toMatchObject([
      {
        instrument: 'BTCUSDT-PERP.BINANCE',
        bid: '97431.10',
        ask: '97431.20',
        mark: '97429.90',
        tick: '0.10',
        updatesPerSecond: 7,
        ageMs: 1_000,
      },
    ]);
    nowUs += 2_000_000;
    expect(desk.view().markets[0]).toMatchObject({ updatesPerSecond: 0, ageMs: 3_000 });
  });

  it('shows an instrument with an empty book as soon as it has a mark', () => {
    desk.apply(message('market.mark'));

    expect(desk.view().markets).toMatchObject([{ bid: '0', ask: '0', mark: '97429.90' }]);
  });

  it('knows the age of the last heartbeat and what was lost', () => {
    desk.apply(message('heartbeat'));
    nowUs += 2_500_000;
    const [[, link] = []] = [...desk.view().links];

    expect(link).toMatchObject({ ageMs: 2_500, gaps: 0, beat: { state: 'ready', loopLagUs: 310 } });
  });

  it('says when something was lost, and replaces what it held by a snapshot', () => {
    expect(desk.apply(orderEvent('accepted')).lost).toBe(false);
    const topic = exampleEnvelope('order.event', 'order').topic;
    expect(desk.apply(message('order.event', {}, 5)).lost).toBe(true);

    const { src, epoch } = exampleEnvelope('order.event', 'order');
    const snapshot = { topic, epoch, seq: 5, orders: [] } as SnapshotReply;
    expect(desk.takeSnapshot(src, snapshot)).toBe(true);
    expect(desk.view().orders).toEqual([]);
  });

  it('refuses a snapshot that is older than what it heard since', () => {
    desk.apply(orderEvent('accepted'));
    desk.apply(orderEvent('filled'));
    const { src, epoch, topic } = exampleEnvelope('order.event', 'order');

    expect(desk.takeSnapshot(src, { topic, epoch, seq: 1, orders: [] } as SnapshotReply)).toBe(false);
    expect(desk.view().orders).toHaveLength(1);
  });

  it('keeps positions and balances of the ledger, by name', () => {
    desk.apply(message('position.changed'));
    desk.apply(message('position.balance'));

    expect(desk.view()).toMatchObject({
      positions: [{ instrument: 'BTCUSDT-PERP.BINANCE', qty: '0.350' }],
      balances: [{ asset: 'USDT', wallet: '10250.75' }],
    });
  });
});
