import { accountTopic, decodeMessage, type Message, setSendValidation } from '@fillwright/messages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FeedPublisher } from '../../src/bus/feed-publisher.ts';
import { Sender } from '../../src/bus/sender.ts';
import { balance, TOPIC } from './_feed-world.ts';
import { VirtualClock } from './_virtual-clock.ts';

beforeAll(() => setSendValidation(true));
afterAll(() => setSendValidation(false));

let clock: VirtualClock;
let sent: Message[];
let publisher: FeedPublisher;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  const sender = new Sender({ src: 'engine', exchange: 'BINANCE', account: 'main', epoch: 100 }, clock);
  const send = (topic: string, body: Uint8Array): void => {
    const decoded = decodeMessage([Buffer.from(topic), body]);
    if (!decoded.ok) throw new Error(decoded.detail);
    sent.push(decoded.message);
  };
  const socket = { endpoint: 'tcp://memory:1', refused: 0, send, close: async () => {} };
  const state = () => ({ state: 'ready', reasons: [], lastPos: 9 }) as const;
  publisher = new FeedPublisher({ socket, clock, sender, channel: '6017', streams: ['account'], state, ringSize: 3 });
});

const seqs = (topic = TOPIC): number[] => sent.filter((message) => message.topic === topic).map((message) => message.seq);
const say = (n: number, seq?: number) => publisher.publish(TOPIC, 'account.balance', balance(n), { seq });

describe('a publisher of a feed', () => {
  it('counts each topic from 1 without a hole and names each message differently', () => {
    const other = accountTopic('account', 'BINANCE', 'second');
    say(1);
    publisher.publish(other, 'account.balance', balance(1));
    say(2);

    expect(seqs()).toEqual([1, 2]);
    expect(seqs(other)).toEqual([1]);
    expect(new Set(sent.map((message) => message.id)).size).toBe(3);
  });

  it('beats once a second with what it sent last on each topic, its state and the lag of its loop', () => {
    say(1);
    publisher.start();
    say(2);
    clock.advance(2500);

    const beats = sent.filter((message) => message.type === 'heartbeat');
    expect(beats.map((beat) => beat.data)).toEqual([
      { state: 'ready', reasons: [], loopLagUs: 0, lastSeqs: { [TOPIC]: 1 }, lastPos: 9 },
      { state: 'ready', reasons: [], loopLagUs: 0, lastSeqs: { [TOPIC]: 2 }, lastPos: 9 },
      { state: 'ready', reasons: [], loopLagUs: 0, lastSeqs: { [TOPIC]: 2 }, lastPos: 9 },
    ]);
    expect(beats[0]?.topic).toBe('hb.BINANCE.main.engine-6017.');
  });

  it('sends in the order of reservations, whatever the order of publishing; a marker waits its turn', () => {
    const first = publisher.reserve(TOPIC);
    const second = publisher.reserve(TOPIC);
    publisher.marker(TOPIC, 'n');
    say(2, second);
    expect(seqs()).toEqual([]);
    expect(publisher.sentSeq(TOPIC)).toBe(0);
    expect(publisher.allocatedSeq(TOPIC)).toBe(3);

    say(1, first);

    expect(sent.map((message) => message.type)).toEqual(['account.balance', 'account.balance', 'marker']);
    expect(seqs()).toEqual([1, 2, 3]);
  });

  it('refuses a sequence number that it did not give out or that was used', () => {
    say(1);
    expect(() => say(2, 5)).toThrow(expect.objectContaining({ code: 'BUS_SEQ_ORDER' }));
    expect(() => say(1, 1)).toThrow(expect.objectContaining({ code: 'BUS_SEQ_ORDER' }));
  });

  it('takes no sequence number for a message that cannot be encoded', () => {
    expect(() => publisher.publish(TOPIC, 'account.balance', { ...balance(1), venueTs: 0.5 as never })).toThrow(
      expect.objectContaining({ code: 'MSG_FLOAT' }),
    );
    say(1);
    expect(seqs()).toEqual([1]);
  });

  it('remembers as many messages per topic as its ring has room for', () => {
    for (let n = 1; n <= 5; n += 1) say(n);

    const seqsOf = (messages: readonly unknown[]): number[] => messages.map((message) => (message as Message).seq);
    const slice = publisher.replay(TOPIC, 3, 2);
    expect({ ...slice, messages: seqsOf(slice.messages) }).toEqual({ messages: [3, 4], next: 5, complete: false, tooOld: false });
    expect(publisher.replay(TOPIC, 2, 500)).toMatchObject({ tooOld: true });
    expect(publisher.replay(TOPIC, 5, 500)).toMatchObject({ complete: true, next: 6 });
    expect(publisher.replay(TOPIC, 6, 500)).toMatchObject({ complete: true, next: 6, messages: [], tooOld: false });
    expect(publisher.replay(TOPIC, 7, 500)).toMatchObject({ tooOld: true });
    expect(publisher.replay('account.BINANCE.other.', 1, 500)).toMatchObject({ complete: true, messages: [] });
  });

  it('carries only topics of its streams and its account', () => {
    expect(publisher.carries(TOPIC)).toBe(true);
    expect(publisher.carries('order.BINANCE.main.')).toBe(false);
    expect(publisher.carries('account.BINANCE.other.')).toBe(false);
    expect(publisher.carries('account.BINANCE.main')).toBe(false);
  });

  it('is silent after closing', async () => {
    publisher.start();
    await publisher.close();
    clock.advance(5000);
    expect(sent.length).toBe(1);
  });
});

describe('what may wait until the turn is over', () => {
  const sayLater = (n: number) => publisher.publishLater(TOPIC, 'account.balance', balance(n));

  it('is sent right after the turn, in its order', () => {
    sayLater(1);
    sayLater(2);
    expect(seqs()).toEqual([]);

    clock.advance(0);
    expect(seqs()).toEqual([1, 2]);
  });

  it('is sent before whatever is published after it, and only once', () => {
    const other = accountTopic('account', 'BINANCE', 'second');
    sayLater(1);
    publisher.publish(other, 'account.balance', balance(1));
    say(2);
    clock.advance(0);

    expect(sent.map((message) => `${message.topic} ${message.seq}`)).toEqual([`${TOPIC} 1`, `${other} 1`, `${TOPIC} 2`]);
  });

  it('is contained in snapshots and replays of the same turn', () => {
    sayLater(1);
    expect(publisher.allocatedSeq(TOPIC)).toBe(1);
    expect(publisher.replay(TOPIC, 1, 10)).toMatchObject({ next: 2, complete: true, messages: [{ seq: 1 }] });
  });

  it('carries the time and the position it was given with', () => {
    publisher.publishLater(TOPIC, 'account.balance', balance(1), { pos: 7 });
    const ts = clock.wallUs();
    clock.advance(5);

    expect(sent).toMatchObject([{ ts, pos: 7 }]);
  });

  it('is not kept back for ever by a turn without an end', () => {
    for (let n = 1; n <= 250; n += 1) sayLater(n);
    expect(sent.length).toBeGreaterThanOrEqual(200);
  });

  it('is sent when the publisher closes', async () => {
    sayLater(1);
    await publisher.close();
    expect(seqs()).toEqual([1]);
  });
});
