import { generateKeyPairSync } from 'node:crypto';
import { AppError, Secret } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import type { ApiKeys } from '../../src/common/live-credentials.ts';
import { BTC, createWorld, ID, LIMIT_BUY, type World } from '../adapter-world.ts';
import type { FakeSocket } from '../fake-venue.ts';
import { settle } from '../virtual-clock.ts';

const BALANCE = 'GET /fapi/v3/balance';

function keys(apiKey: string, apiSecret = 'secret'): ApiKeys {
  return { apiKey: new Secret(apiKey), apiSecret: new Secret(apiSecret) };
}

/** A world whose keys are those of `source.now`, whatever that says. */
function refreshed(everyMs: number): { world: World; source: { now: () => ApiKeys; reads: number } } {
  const source = { now: () => keys('key'), reads: 0 };
  const read = (): ApiKeys => {
    source.reads += 1;
    return source.now();
  };
  return { world: createWorld({ refresh: { everyMs, read } }), source };
}

async function keyUsed({ adapter, http }: World): Promise<string | undefined> {
  const asked = adapter.balances();
  await settle();
  const { request, answer } = http.last(BALANCE);
  answer(200, []);
  await asked;
  return request.headers['X-MBX-APIKEY'];
}

describe('keys that change while we run', () => {
  it('are used from the next reading on, for signatures as well', async () => {
    const { world, source } = refreshed(60_000);
    expect(await keyUsed(world)).toBe('key');
    const before = world.http.last(BALANCE).params.get('signature');
    source.now = () => keys('new-key', 'new-secret');
    await world.clock.pass(59_000);
    expect(await keyUsed(world)).toBe('key');
    await world.clock.pass(2_000);

    expect(await keyUsed(world)).toBe('new-key');
    expect(world.http.last(BALANCE).params.get('signature')).not.toBe(before);
    expect(world.logged).toEqual(['credentials-changed']);
    await world.adapter.close();
    expect(world.clock.timers).toBe(0);
  });

  it('do not replace keys that work when they cannot be read, are empty, or cannot sign', async () => {
    const { world, source } = refreshed(60_000);
    const { publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const wrongs: (() => ApiKeys)[] = [
      () => {
        throw new AppError('CFG_SECRET_UNREADABLE', 'gone');
      },
      () => keys(''),
      () => keys('new-key', publicKey),
    ];
    for (const wrong of wrongs) {
      source.now = wrong;
      await world.clock.pass(60_000);
      expect(await keyUsed(world)).toBe('key');
    }
    expect(world.logged).toEqual(Array.from(wrongs, () => 'credentials-not-refreshed'));
  });

  it('are read at once when the venue refuses the old ones, though not for each refusal', async () => {
    const { world, source } = refreshed(0);
    await world.clock.pass(10_000);
    expect(source.reads).toBe(0);
    source.now = () => keys('new-key');
    world.http.auto = () => [401, { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }];
    await Promise.all([world.adapter.balances(), world.adapter.positions(), world.adapter.cancelAllAfter?.(BTC, 0)]);
    expect(source.reads).toBe(1);
    world.http.auto = () => undefined;
    expect(await keyUsed(world)).toBe('new-key');
    await world.clock.pass(5_000);
    world.http.auto = () => [400, { code: -1022, msg: 'Signature for this request is not valid.' }];
    await world.adapter.balances();
    expect(source.reads).toBe(2);
  });

  describe('where a session of the WebSocket API had logged on', () => {
    const ed25519 = (apiKey: string): ApiKeys =>
      keys(
        apiKey,
        generateKeyPairSync('ed25519', {
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        }).privateKey,
      );
    const frame = (socket: FakeSocket, at: number) => JSON.parse(socket.sent.at(at) ?? '{}');
    const logOn = async ({ clock }: World, socket: FakeSocket): Promise<void> => {
      socket.open();
      socket.receive({ id: frame(socket, -1).id, status: 200, result: {} });
      await clock.pass(0);
    };

    async function loggedOn(): Promise<{ world: World; first: FakeSocket; source: { now: ApiKeys } }> {
      const source = { now: ed25519('key') };
      const refresh = { everyMs: 60_000, read: () => source.now };
      const world = createWorld({
        ...{ ...source.now, orderTransport: 'ws', wsApiUrl: 'ws://venue.test/ws-fapi/v1', refresh },
        liveness: { quietMs: 48 * 3_600_000, patienceMs: 1_000 },
      });
      const prepared = world.adapter.prepare();
      await world.clock.pass(0);
      const first = world.connector.to('ws-fapi');
      await logOn(world, first);
      await prepared;
      return { world, first, source };
    }
    const place = ({ adapter }: World): void => void adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });

    it('make a new one, and sign each request on the old one until that is there', async () => {
      const { world, first, source } = await loggedOn();
      place(world);
      expect(frame(first, -1).params).not.toHaveProperty('apiKey');
      source.now = ed25519('new-key');
      await world.clock.pass(62_000);
      const second = world.connector.to('ws-fapi');
      expect(second).not.toBe(first);
      place(world);
      expect(frame(first, -1).params).toMatchObject({ apiKey: 'new-key', signature: expect.any(String) });
      second.open();
      expect(frame(second, 0)).toMatchObject({ method: 'session.logon', params: { apiKey: 'new-key' } });
      await logOn(world, second);
      place(world);

      expect(frame(second, -1)).toMatchObject({ method: 'order.place' });
      expect(frame(second, -1).params).not.toHaveProperty('apiKey');
      await world.adapter.close();
    });

    it('replace also the one that was just logging on with those before', async () => {
      const { world, first, source } = await loggedOn();
      await world.clock.pass(30_000);
      first.receive({ event: { e: 'serverShutdown', E: 1 } });
      const second = world.connector.to('ws-fapi');
      await world.clock.pass(88_000);
      second.open();
      source.now = ed25519('new-key');
      await world.clock.pass(3_000);
      second.receive({ id: frame(second, 0).id, status: 200, result: {} });
      await world.clock.pass(0);
      place(world);
      expect(frame(second, -1)).toMatchObject({ method: 'order.place', params: { apiKey: 'new-key' } });
      await world.clock.pass(60_000);

      const third = world.connector.to('ws-fapi');
      expect(third).not.toBe(second);
      await logOn(world, third);
      expect(frame(third, 0)).toMatchObject({ method: 'session.logon', params: { apiKey: 'new-key' } });
      await world.adapter.close();
    });

    it('open nothing any more after the end', async () => {
      const { world, source } = await loggedOn();
      const asked = world.adapter.balances();
      world.http.auto = () => undefined;
      source.now = ed25519('new-key');
      await world.adapter.close();
      const { length } = world.connector.sockets;
      world.http.last(BALANCE).answer(401, { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' });
      await asked;
      await world.clock.pass(60_000);

      expect(world.connector.sockets).toHaveLength(length);
    });
  });
});
