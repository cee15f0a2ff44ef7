import { encodeEnvelope, type MessageType, setSendValidation } from '@fillwright/messages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Sender } from '../../src/bus/sender.ts';
import { ServiceClient, type ServiceResult } from '../../src/bus/service-client.ts';
import { Engine, FeedWorld, TOPIC } from './_feed-world.ts';

beforeAll(() => setSendValidation(true));
afterAll(() => setSendValidation(false));

let world: FeedWorld;
let engine: Engine;
let client: ServiceClient;

beforeEach(async () => {
  world = new FeedWorld();
  engine = await Engine.start(world, 100);
  const sender = new Sender({ src: 'reader', exchange: 'BINANCE', account: 'main', epoch: 1 }, world.clock);
  client = new ServiceClient({ bus: world.network.makeBus(), endpoint: world.serviceEndpoint, sender, clock: world.clock });
  world.clock.advance(10);
});

async function ask(type: MessageType, data: never): Promise<ServiceResult> {
  const result = client.request(type, data, { timeoutMs: 1000 });
  world.clock.advance(2000);
  return await result;
}

describe('a service socket', () => {
  it('answers a ping with its state', async () => {
    const result = await ask('service.ping', {} as never);
    expect(result).toMatchObject({
      ok: true,
      message: { type: 'service.pong', data: { state: 'ready', process: 'engine', version: '0' } },
    });
  });

  it('gives a snapshot that contains everything given out, published or not', async () => {
    engine.publish(3);
    engine.journal();
    const result = await ask('service.snapshot-request', { topic: TOPIC } as never);
    expect(result).toMatchObject({ ok: true, message: { data: { topic: TOPIC, epoch: 100, seq: 4, pos: 4 } } });
  });

  it('replays by sequence number and by position, as much as was asked for', async () => {
    engine.publish(10);
    const bySeq = await ask('service.replay-request', { topic: TOPIC, fromSeq: 4, limit: 3 } as never);
    expect(bySeq).toMatchObject({ ok: true, message: { data: { next: 7, complete: false, tooOld: false } } });
    const byPos = await ask('service.replay-request', { topic: TOPIC, fromPos: 8 } as never);
    expect(byPos).toMatchObject({ ok: true, message: { data: { next: 11, complete: true, messages: { length: 3 } } } });
  });

  it('cuts a replay that does not fit in one message; the rest can be asked for', async () => {
    const text = 'x'.repeat(150_000);
    for (let i = 0; i < 60; i += 1) {
      engine.world.journal.push({ ...journalEntry(i + 1), data: { code: 'X', text } });
    }
    const result = await ask('service.replay-request', { topic: TOPIC, fromPos: 1, limit: 500 } as never);
    expect(result).toMatchObject({ ok: true, message: { data: { next: 16, complete: false, messages: { length: 15 } } } });
  });

  it('says so when an answer does not fit in one message at all', async () => {
    const huge = await ask('service.query-order', { clientOrderId: 'huge' } as never);
    expect(huge).toMatchObject({ ok: false, code: 'BUS_TOO_LARGE' });
  });

  it('takes acknowledgements and hands other requests to the handlers; the first answer counts', async () => {
    await ask('service.acknowledge', { consumer: 'ledger', pos: 7 } as never);
    expect(world.acknowledged).toEqual(['ledger:7']);
    expect(await ask('service.query-account', {} as never)).toMatchObject({ ok: true, message: { data: { text: 'first' } } });
    expect(client.unexpected).toBe(0);
  });

  it.each([
    ['service.hello', { topic: 'order.BINANCE.main.', nonce: 'n' }, 'BUS_UNKNOWN_TOPIC'],
    ['service.hello', { topic: 'account.BINANCE.main.junk', nonce: 'n' }, 'BUS_UNKNOWN_TOPIC'],
    ['service.replay-request', { topic: TOPIC }, 'BUS_NO_REPLAY'],
    ['service.control', { action: 'halt', who: 'w', why: 'y' }, 'BUS_UNKNOWN_REQUEST'],
    ['service.pong', { state: 'ready', reasons: [], process: 'x', startedTs: 1, version: '' }, 'BUS_UNKNOWN_REQUEST'],
  ])('refuses %s %j with %s', async (type, data, code) => {
    expect(await ask(type as MessageType, data as never)).toMatchObject({ ok: false, reason: 'error', code });
    expect(engine.server?.counts.byCode).toEqual({ [code]: 1 });
  });

  it('counts and answers what it cannot read, and serves on', async () => {
    const replies: Uint8Array[] = [];
    const stranger = world.network.makeBus().connectService(world.serviceEndpoint, { onFrames: ([body]) => body && replies.push(body) });
    world.clock.advance(10);
    stranger.send(Buffer.from('GET / HTTP/1.1'));
    setSendValidation(false);
    stranger.send(encodeEnvelope({ ...journalEntry(1), type: 'service.hello', topic: '', data: {} }));
    setSendValidation(true);
    world.clock.advance(10);

    expect(replies.length).toBe(2);
    expect(engine.server?.counts.byCode).toEqual({ BUS_INVALID_REQUEST: 1, BUS_MALFORMED: 1 });
    expect(await ask('service.ping', {} as never)).toMatchObject({ ok: true });
  });

  it('refuses a peer that asks too often, for the rest of that second', async () => {
    const results: boolean[] = [];
    for (let i = 0; i < 600; i += 1) client.ask('service.ping', {}, 1000, (result) => results.push(result.ok));
    world.clock.advance(100);
    expect(results.filter((ok) => ok).length).toBe(500);

    world.clock.advance(1000);
    expect(await ask('service.ping', {} as never)).toMatchObject({ ok: true });
  });
});

describe('a service client', () => {
  it('gives up at the timeout and ignores an answer that comes later', async () => {
    const faults = world.network.faults;
    faults.loseReply = () => true;
    expect(await ask('service.ping', {} as never)).toEqual({ ok: false, reason: 'timeout' });
  });

  it('ends open questions when it is closed, and refuses new ones', async () => {
    const open = client.request('service.ping', {}, { timeoutMs: 1000 });
    await client.close();
    await client.close();
    expect(await open).toEqual({ ok: false, reason: 'closed' });
    expect(await client.request('service.ping', {}, { timeoutMs: 1000 })).toEqual({ ok: false, reason: 'closed' });
  });
});

function journalEntry(pos: number) {
  const head = { v: 1 as const, type: 'service.error', src: 'engine', account: 'main', epoch: 100, topic: TOPIC, seq: pos, pos };
  return { ...head, ts: world.clock.wallUs(), id: `j${pos}` };
}
