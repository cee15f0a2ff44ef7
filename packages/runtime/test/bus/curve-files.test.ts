import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CATALOG } from '@fillwright/messages';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as zmq from 'zeromq';
import { readOwnKey, readPeers, readSecretFile } from '../../src/bus/curve/key-files.ts';
import { newKeyPair } from '../../src/bus/curve/key-pair.ts';
import { Keyring } from '../../src/bus/curve/keyring.ts';
import { parsePeerList, peerListText, serverOf } from '../../src/bus/curve/peer-list.ts';
import { requestRefusal } from '../../src/bus/curve/roles.ts';
import { Sealer } from '../../src/bus/curve/seal.ts';
import { z85FromBytes } from '../../src/bus/curve/z85.ts';
import { createSecrets } from '../../src/live/secrets.ts';
import { createSystemClock } from '../../src/live/system-clock.ts';
import { type DeskKeys, deskKeys } from './_desk-keys.ts';

let keys: DeskKeys;
beforeEach(() => {
  keys = deskKeys();
});
afterEach(() => keys.dispose());

describe('a secret file', () => {
  it('is written for its owner alone', () => {
    keys.add('trader');
    expect(statSync(keys.keyFile('trader')).mode & 0o777).toBe(0o600);
    expect(readOwnKey(keys.keyFile('trader')).name).toBe('trader');
  });

  it.each([0o644, 0o604, 0o620, 0o666])('is refused with mode %o, and the message says what to run', (mode) => {
    keys.add('trader');
    const path = keys.keyFile('trader');
    chmodSync(path, mode);
    expect(() => readOwnKey(path)).toThrow(
      expect.objectContaining({ code: 'CFG_SECRET_EXPOSED', message: expect.stringContaining(`chmod 600 ${path}`) }),
    );
  });

  it('is refused when it is absent, a folder, or something else', () => {
    const path = keys.keyFile('nobody');
    expect(() => readOwnKey(path)).toThrow(expect.objectContaining({ code: 'CFG_SECRET_UNREADABLE' }));
    mkdirSync(path);
    expect(() => readSecretFile(path)).toThrow(
      expect.objectContaining({ code: 'CFG_SECRET_UNREADABLE', message: expect.stringContaining('is no file') }),
    );
    rmSync(path, { recursive: true });
    writeFileSync(path, 'hello\n', { mode: 0o600 });
    expect(() => readOwnKey(path)).toThrow(expect.objectContaining({ code: 'CFG_KEY_FILE' }));
  });

  it('can stand for an environment variable', () => {
    const path = join(dirname(keys.peersFile), 'api_key');
    writeFileSync(path, ' the-key \n', { mode: 0o600 });
    expect(createSecrets({ BINANCE_API_KEY_FILE: path }).environment('BINANCE_API_KEY')).toBe('the-key');
    expect(createSecrets({ BINANCE_API_KEY_FILE: path, BINANCE_API_KEY: 'direct' }).environment('BINANCE_API_KEY')).toBe('direct');
    expect(createSecrets({}).environment('BINANCE_API_KEY')).toBeUndefined();
    chmodSync(path, 0o644);
    expect(() => createSecrets({ BINANCE_API_KEY_FILE: path }).environment('BINANCE_API_KEY')).toThrow(
      expect.objectContaining({ code: 'CFG_SECRET_EXPOSED' }),
    );
  });
});

describe('the list of peers', () => {
  const peer = { name: 'a', publicKey: '1'.repeat(64), roles: ['listen'] as const, binds: ['6001'] };

  it('comes back as it was written', () => {
    expect(parsePeerList(peerListText([{ ...peer, ownerTag: 'q1', revoked: 'then' }]))).toEqual({
      ok: true,
      peers: [{ ...peer, ownerTag: 'q1', revoked: 'then' }],
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['another version', '{"version":2,"peers":[]}'],
    ['a bad name', JSON.stringify({ version: 1, peers: [{ ...peer, name: '../x' }] })],
    ['a short key', JSON.stringify({ version: 1, peers: [{ ...peer, publicKey: '11' }] })],
    ['an unknown role', JSON.stringify({ version: 1, peers: [{ ...peer, roles: ['root'] }] })],
    ['a bad place', JSON.stringify({ version: 1, peers: [{ ...peer, binds: ['tcp://x'] }] })],
    ['one key for two', JSON.stringify({ version: 1, peers: [peer, { ...peer, name: 'b', binds: [] }] })],
    ['one place for two', JSON.stringify({ version: 1, peers: [peer, { ...peer, name: 'b', publicKey: '2'.repeat(64) }] })],
    ['one name for two', JSON.stringify({ version: 1, peers: [peer, { ...peer, binds: [], publicKey: '2'.repeat(64) }] })],
  ])('is refused with %s', (_what, text) => {
    expect(parsePeerList(text).ok).toBe(false);
  });

  it('finds who serves an endpoint: the host that is named wins, who is revoked serves nothing', () => {
    const other = { ...peer, name: 'b', publicKey: '2'.repeat(64), binds: ['far:6001'] };
    expect(serverOf([peer, other], 'tcp://near:6001')?.name).toBe('a');
    expect(serverOf([peer, other], 'tcp://far:6001')?.name).toBe('b');
    expect(serverOf([{ ...peer, revoked: 'then' }, other], 'tcp://near:6001')).toBeUndefined();
    expect(serverOf([peer], 'tcp://near:6002')).toBeUndefined();
  });
});

describe('a keyring', () => {
  const ring = (name: string, processName?: string): Keyring =>
    new Keyring({ keyFile: keys.keyFile(name), peersFile: keys.peersFile, clock: createSystemClock(), processName });

  it('refuses the key of another process, one that is not listed, and one that was revoked', () => {
    keys.add('trader');
    expect(() => ring('trader', 'trading_engine_binance')).toThrow(expect.objectContaining({ code: 'CFG_KEY_OF_OTHER' }));
    ring('trader', 'trader').close();
    keys.revoke('trader');
    expect(() => ring('trader', 'trader')).toThrow(
      expect.objectContaining({ code: 'CFG_KEY_NOT_LISTED', message: expect.stringContaining('was revoked') }),
    );
    keys.change(() => []);
    expect(() => ring('trader', 'trader')).toThrow(
      expect.objectContaining({ code: 'CFG_KEY_NOT_LISTED', message: expect.stringContaining('is not listed') }),
    );
  });

  it('keeps the keys it has when the list becomes unreadable, and follows it again afterwards', () => {
    keys.add('trader');
    const before = readPeers(keys.peersFile);
    const keyring = ring('trader');
    let changes = 0;
    keyring.onChange(() => {
      changes += 1;
    });
    writeFileSync(keys.peersFile, 'half a fi');
    keyring.refresh();
    expect(keyring.peers).toEqual(before);
    expect(changes).toBe(0);
    writeFileSync(keys.peersFile, peerListText([...before, { name: 'b', publicKey: '2'.repeat(64), roles: [], binds: [] }]));
    keyring.refresh();
    expect(keyring.byName('b')?.name).toBe('b');
    expect(changes).toBe(1);
    keyring.close();
  });
});

describe('what a key may ask', () => {
  const listener = { name: 'a', roles: ['listen'] as const };
  const operator = { name: 'b', roles: ['control'] as const };
  const ledger = { name: 'c', roles: ['ledger'] as const };
  const asked = Object.keys(CATALOG).filter((type) => type.startsWith('service.'));

  it('is to listen, unless its role says more; a request that is new here is refused until somebody thought of it', () => {
    const open = asked.filter((type) => requestRefusal(listener, { type, data: {} }) === undefined);
    expect(open.sort()).toEqual([
      'service.hello',
      'service.ping',
      'service.query-account',
      'service.query-order',
      'service.replay-request',
      'service.snapshot-request',
    ]);
    expect(requestRefusal(listener, { type: 'service.of-tomorrow', data: {} })).toBe('request-not-allowed');
    for (const type of asked) expect(requestRefusal(operator, { type, data: {} })).toBeUndefined();
    expect(requestRefusal(ledger, { type: 'service.acknowledge', data: {} })).toBeUndefined();
    expect(requestRefusal(ledger, { type: 'service.control', data: {} })).toBe('request-not-allowed');
  });
});

describe('keys', () => {
  it('are spelled as libzmq spells them', () => {
    // The example of ZeroMQ RFC 32.
    expect(z85FromBytes(Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b))).toBe('HelloWorld');
    expect(() => z85FromBytes(Uint8Array.of(1))).toThrow(RangeError);
    expect(() => new zmq.Dealer({ curveSecretKey: z85FromBytes(Buffer.from(newKeyPair().secretKey, 'hex')) }).close()).not.toThrow();
  });

  it('seal a request for one server, by one sender, over one body', () => {
    const [client, server, other] = [newKeyPair(), newKeyPair(), newKeyPair()];
    const body = Buffer.from('halt');
    const code = new Sealer(client).code(server.publicKey, body);
    expect(new Sealer(server).isGenuine(client.publicKey, body, code)).toBe(true);
    expect(new Sealer(server).isGenuine(other.publicKey, body, code)).toBe(false);
    expect(new Sealer(other).isGenuine(client.publicKey, body, code)).toBe(false);
    expect(new Sealer(server).isGenuine(client.publicKey, Buffer.from('hal'), code)).toBe(false);
    expect(new Sealer(server).isGenuine(client.publicKey, body, code.subarray(1))).toBe(false);
  });
});
