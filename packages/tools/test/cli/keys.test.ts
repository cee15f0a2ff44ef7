import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, readOwnKey } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../../src/cli/run-cli.ts';
import { testPorts } from '../_ports.ts';

const SHIPPED = ['market_server_binance', 'trading_engine_binance', 'position_server_binance', 'trader'] as const;

let folder: string;
let peersFile: string;
let inis: readonly string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fillwright-keys-'));
  peersFile = join(folder, 'peers.json');
  mkdirSync(join(folder, 'config'));
  inis = SHIPPED.map((name) => {
    const path = join(folder, 'config', `${name}.ini`);
    const shipped = readFileSync(join(import.meta.dirname, '../../../../config', `${name}.ini`), 'utf8');
    const lines = `CURVE_KEY_FILE=${join(folder, `${name}.key`)}\nCURVE_PEERS_FILE=${peersFile}\n`;
    writeFileSync(
      path,
      shipped
        .replaceAll('127.0.0.1:', 'desk:')
        .replaceAll('http://desk', 'http://127.0.0.1')
        .replaceAll('ws://desk', 'ws://127.0.0.1')
        .replace('[ZMQ]\n', `[ZMQ]\n${lines}`),
    );
    return path;
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const ports = testPorts();
  const code = await runCli(ports, ['keys', ...args]);
  return { code, out: ports.terminal.written };
}

const peersNow = (): readonly { readonly name: string; readonly publicKey: string; readonly revoked?: string }[] =>
  JSON.parse(readFileSync(peersFile, 'utf8')).peers;

describe('fillwright keys', () => {
  it('makes a key for each process from its INI file, with the role and the ports that it needs', async () => {
    const { code, out } = await run('make', ...inis, '--json');

    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out).keys).toHaveLength(4);
    expect(peersNow()).toEqual([
      expect.objectContaining({ name: 'market_server_binance', roles: ['market'], binds: ['6001', '8001'] }),
      expect.objectContaining({ name: 'trading_engine_binance', roles: ['engine'], binds: ['6002', '6017', '6018', '8002'] }),
      expect.objectContaining({ name: 'position_server_binance', roles: ['ledger'], binds: ['6003', '7004', '8003'] }),
      expect.objectContaining({ name: 'trader', roles: ['orders'], binds: ['7003', '8004'], ownerTag: 'q1' }),
    ]);
    for (const name of SHIPPED) {
      const { secretKey } = readOwnKey(join(folder, `${name}.key`));
      expect(out).not.toContain(secretKey);
      expect(readFileSync(peersFile, 'utf8')).not.toContain(secretKey);
    }
  });

  it('leaves what is there as it is, and renews only when told to', async () => {
    await run('make', ...inis);
    const before = peersNow();
    await run('make', ...inis);
    expect(peersNow()).toEqual(before);

    await run('make', inis[3] ?? '', '--renew');

    const traders = peersNow().filter(({ name }) => name === 'trader');
    expect(traders.map(({ revoked }) => revoked !== undefined)).toEqual([true, false]);
    expect(readOwnKey(join(folder, 'trader.key')).publicKey).toBe(traders[1]?.publicKey);
  });

  it('does not bring a revoked key back by itself', async () => {
    await run('make', ...inis);
    await run('revoke', 'trader', '--peers-file', peersFile);
    const before = readFileSync(peersFile, 'utf8');
    const { code, out } = await run('make', ...inis);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('trader: revoked; a new key is made with --renew');
    expect(readFileSync(peersFile, 'utf8')).toBe(before);
  });

  it('makes a key for a person, lists all and revokes', async () => {
    const keyFile = join(folder, 'operator.key');
    await run('make', ...inis);
    await run('make', '--name', 'operator', '--roles', 'control', '--key-file', keyFile, '--peers-file', peersFile);
    expect(readOwnKey(keyFile).name).toBe('operator');

    await run('revoke', 'operator', '--peers-file', peersFile);

    const { out } = await run('list', '--peers-file', peersFile);
    expect(out).toMatch(/^operator: REVOKED \d{4}-/m);
    expect(out).toMatch(/^trader: orders, serves 7003 8004, owner tag q1, key [0-9a-f]{16}…$/m);
    await expect(run('revoke', 'operator', '--peers-file', peersFile)).rejects.toMatchObject({ code: 'TOL_KEY_UNKNOWN' });
  });

  it('touches nothing when list and key file do not belong together', async () => {
    await run('make', ...inis);
    rmSync(join(folder, 'trader.key'));
    const before = readFileSync(peersFile, 'utf8');
    await expect(run('make', inis[3] ?? '')).rejects.toMatchObject({ code: 'TOL_KEY_ELSEWHERE' });
    expect(readFileSync(peersFile, 'utf8')).toBe(before);
  });

  it('says what is missing', async () => {
    const bare = join(folder, 'bare.ini');
    writeFileSync(bare, '[STRATEGY]\nCLASS=X\n');
    await expect(run('make', bare)).rejects.toMatchObject({ code: 'CFG_NO_KEY_FILES', message: expect.stringContaining('CURVE_KEY_FILE') });
    await expect(run('make')).rejects.toMatchObject({ code: 'RUN_USAGE' });
    await expect(run('make', '--name', 'x', '--roles', 'root')).rejects.toMatchObject({ code: 'RUN_USAGE' });
    await expect(run('list', '--peers-file', join(folder, 'none'))).rejects.toMatchObject({ code: 'CFG_PEERS_FILE' });
    await expect(run()).rejects.toMatchObject({ code: 'RUN_USAGE' });
  });
});
