import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createSystemClock, type Log } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { demoFolder, tidyDemoFolders } from '../../src/launcher/data-folder.ts';
import { reachable, readPlan } from '../../src/launcher/plan.ts';
import { checkPorts } from '../../src/launcher/port-check.ts';

const CONFIG = join(import.meta.dirname, '../../../../config');
const OPTIONS = { packagesFolder: 'packages', venueLog: 'data/venue.ndjson' };
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log };

/** The shipped files, changed. */
function folder(change: Readonly<Record<string, (text: string) => string>> = {}): string {
  const target = mkdtempSync(join(tmpdir(), 'fillwright-plan-'));
  for (const name of readdirSync(CONFIG).filter((file) => file.endsWith('.ini'))) {
    writeFileSync(join(target, name), (change[name] ?? ((text) => text))(readFileSync(join(CONFIG, name), 'utf8')));
  }
  return target;
}

describe('the plan of a launch', () => {
  it('knows the shipped files: five processes in order, their entries, ports and endpoints', () => {
    const plan = readPlan({ ...OPTIONS, configFolder: CONFIG }, () => undefined);

    expect(plan.children.map(({ name }) => name)).toEqual([
      'exchange-simulator',
      'market-server',
      'trading-engine',
      'position-server',
      'trader',
    ]);
    expect(plan.children[0]?.args).toEqual([
      'packages/exchange-simulator/src/main.ts',
      join(CONFIG, 'exchange_simulator.ini'),
      '--json',
      '--venue-log',
      'data/venue.ndjson',
    ]);
    expect(plan.children[2]?.bindings.map(({ port }) => port)).toEqual([6002, 6017, 6018, 8002, 9102]);
    expect(plan).toMatchObject({ exchange: 'BINANCE', account: 'main', ownerTag: 'q1' });
    expect(plan.endpoints.engine).toEqual({
      publishers: ['tcp://127.0.0.1:6002', 'tcp://127.0.0.1:6017'],
      service: 'tcp://127.0.0.1:8002',
    });
  });

  it("uses the demo's own keys even when real ones are in the environment", () => {
    const environment = (name: string) => (name.startsWith('BINANCE_API') ? 'a-real-one' : undefined);

    expect(readPlan({ ...OPTIONS, configFolder: CONFIG }, environment).apiKey).toMatch(/^fillwrightdemokey/);
  });

  it.each([
    ['a file that is missing', 'CFG_FILE_UNREADABLE', () => 'nowhere'],
    ['a file with a fault', 'CFG_FAULTS', () => folder({ 'trader.ini': (text) => text.replace('OWNER_TAG=q1', 'OWNER_TAG=far-too-long') })],
  ])('names %s', (_, code, where) => {
    expect(() => readPlan({ ...OPTIONS, configFolder: where() }, () => undefined)).toThrow(expect.objectContaining({ code }));
  });

  it('reaches what binds to every address at this machine', () => {
    expect(['tcp://*:6001', 'tcp://0.0.0.0:6001', 'tcp://10.0.0.7:6001'].map(reachable)).toEqual([
      'tcp://127.0.0.1:6001',
      'tcp://127.0.0.1:6001',
      'tcp://10.0.0.7:6001',
    ]);
  });
});

describe('the check of ports', () => {
  const httpServer = createHttpServer({ clock: createSystemClock(), log });
  /** The engine alone, with any free ports but this one. */
  const engineAt = (port: number) => {
    const configFolder = folder({
      'trading_engine_binance.ini': (text) =>
        text
          .replace(':6002', `:${port}`)
          .replaceAll(/:(6017|6018|8002)$/gm, ':0')
          .replace('=9102', '=0'),
    });
    return readPlan({ ...OPTIONS, configFolder }, () => undefined).children.filter(({ name }) => name === 'trading-engine');
  };

  it('names port, key, process and file of a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { readonly port: number };
    try {
      await expect(checkPorts(httpServer, engineAt(port))).rejects.toMatchObject({
        code: 'RUN_PORT_IN_USE',
        message: expect.stringMatching(
          new RegExp(
            `port ${port}, ORDER_EVENTS_PUB_ENDPOINT of trading-engine \\(.*trading_engine_binance.ini\\): another process has it`,
          ),
        ),
      });
    } finally {
      server.close();
    }
  });

  it('lets go of free ports again', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));

    await checkPorts(httpServer, engineAt(port));
    await checkPorts(httpServer, engineAt(port));
  });

  it('sees that two processes want the same port', async () => {
    const children = engineAt(0).flatMap((child) => [
      { ...child, bindings: [{ key: 'A', host: '127.0.0.1', port: 59_123 }] },
      { ...child, bindings: [{ key: 'B', host: '127.0.0.1', port: 59_123 }] },
    ]);

    await expect(checkPorts(httpServer, children)).rejects.toMatchObject({ message: expect.stringContaining('both A of trading-engine') });
  });
});

describe('the data of a launch', () => {
  it('has a folder of its own, named by time, and the oldest go', () => {
    const root = mkdtempSync(join(tmpdir(), 'fillwright-data-'));
    const stamps = [1, 2, 3, 4, 5, 6, 7].map((second) => demoFolder(root, 1_793_534_400_000_000 + second * 1_000_000));
    expect(stamps[0]).toBe(join(root, 'demo/20261101-120001-000'));
    for (const path of [...stamps, join(root, 'demo/mine')]) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'journal'), '');
    }

    tidyDemoFolders(root);
    expect(readdirSync(join(root, 'demo'))).toEqual([...[3, 4, 5, 6, 7].map((second) => `20261101-12000${second}-000`), 'mine']);
    tidyDemoFolders(join(root, 'absent'));
  });
});
