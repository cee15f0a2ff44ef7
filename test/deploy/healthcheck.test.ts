/** The health check of the image, without a container: it asks where the process serves, by what the process itself was started with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { simulatorSpec } from '@fillwright/exchange-simulator/config';
import { loadConfig, PORT_PLAN, SERVICE_SPECS, specOfFile } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from './_docker.ts';

interface Address {
  readonly host: string;
  readonly port: string;
}
type StatusAddress = (
  commandLine: readonly string[],
  read: (path: string) => string,
  environment: Readonly<Record<string, string | undefined>>,
) => Address;

const { statusAddress } = (await import(join(ROOT, 'deploy/docker/status-address.mjs'))) as { readonly statusAddress: StatusAddress };
const commandLine = (program: string, ...words: readonly string[]): readonly string[] => {
  const bin = `/app/packages/tools/bin/${program}.mjs`;
  return ['node', '--min-semi-space-size=4', bin, ...words, ''];
};
const SHIPPED = {
  'market-server': 'market_server_binance',
  'trading-engine': 'trading_engine_binance',
  'position-server': 'position_server_binance',
  trader: 'trader',
  'exchange-simulator': 'exchange_simulator',
} as const;
const shipped = (file: string): string => readFileSync(join(ROOT, 'config', `${file}.ini`), 'utf8');

describe('where the health check asks', () => {
  it.each(PORT_PLAN.filter(({ key }) => key === 'HTTP_STATUS_PORT'))('is $port for a $process whose file names no port', (planned) => {
    const file = shipped(SHIPPED[planned.process]).replace(/^HTTP_STATUS_(PORT|HOST).*\n/gm, '');
    expect(file).not.toContain('HTTP_STATUS');
    for (const program of [planned.process, planned.process.replaceAll('-', '_')])
      expect(statusAddress(commandLine(program, 'my.ini'), () => file, {})).toEqual({ host: '127.0.0.1', port: String(planned.port) });
  });

  it.each([
    'HTTP_STATUS_PORT=9204',
    'HTTP_STATUS_PORT = 9204',
    '  HTTP_STATUS_PORT\t=\t9204  ',
    'HTTP_STATUS_PORT="9204"',
    "HTTP_STATUS_PORT = '9204'",
    'HTTP_STATUS_PORT=9204 ; of the second account',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: so it stands in INI files.
    'HTTP_STATUS_PORT=${STATUS_PORT}',
    '; HTTP_STATUS_PORT=1\r\nHTTP_STATUS_PORT=9204\r',
  ])('is where the process itself takes it to be: %j', (line) => {
    const file = shipped('trader').replace('HTTP_STATUS_PORT=9104', () => line);
    const environment: Readonly<Record<string, string>> = { STATUS_PORT: '9204' };
    const spec = specOfFile(file, [...SERVICE_SPECS, simulatorSpec]);
    const config = spec && loadConfig(spec, file, 'trader.ini', (name) => environment[name]);
    expect(config).toMatchObject({ ok: true, value: { MONITORING: { HTTP_STATUS_PORT: 9204 } } });
    expect(statusAddress(commandLine('trader', 'trader.ini'), () => file, environment).port).toBe('9204');
  });

  it('is not what stands in another section or behind a comment', () => {
    const file = '[GLOBAL]\nHTTP_STATUS_PORT=1\n[ MONITORING ]\n#HTTP_STATUS_PORT=2\n[JOURNAL]\nHTTP_STATUS_PORT=3\n';
    expect(statusAddress(commandLine('position-server', 'BINANCE', 'x.ini'), () => file, {}).port).toBe('9103');
  });

  it('is the one address that the process listens on', () => {
    const at = (host: string): string =>
      statusAddress(commandLine('trader', 'x.ini'), () => `[MONITORING]\nHTTP_STATUS_HOST=${host}\n`, {}).host;
    expect([at('0.0.0.0'), at('127.0.0.1'), at('10.1.2.3')]).toEqual(['127.0.0.1', '127.0.0.1', '10.1.2.3']);
  });

  it.each([
    ['trading-engine', ['BINANCE', 'config/my.ini'], 'config/my.ini'],
    ['trading-engine', ['BINANCE', 'mine'], 'mine'],
    ['trading-engine', ['--log-level', 'DEBUG', 'BINANCE'], 'config/trading_engine_binance.ini'],
    ['market_server', ['BINANCE'], 'config/market_server_binance.ini'],
    ['trader', ['./scalper.ini', '--json'], './scalper.ini'],
    ['trader', [], 'config/trader.ini'],
    ['exchange-simulator', [], 'config/exchange_simulator.ini'],
  ] as const)('reads the file of %s %j', (program, words, path) => {
    const paths: string[] = [];
    const read = (wanted: string): string => {
      paths.push(wanted);
      return '';
    };
    statusAddress(commandLine(program, ...words), read, {});
    expect(paths).toEqual([path]);
  });
});

describe('the health check', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fillwright-health-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Of a trader with this file. */
  async function check(file: string): Promise<{ readonly code: number; readonly said: string }> {
    const [ini, cmdline] = [join(folder, 'trader.ini'), join(folder, 'cmdline')];
    writeFileSync(ini, file);
    writeFileSync(cmdline, commandLine('trader', ini).join('\0'));
    const child = spawn(process.execPath, [join(ROOT, 'deploy/docker/healthcheck.mjs'), cmdline], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>]);
    return { code, said };
  }

  it.each([
    [200, 0],
    [503, 1],
  ])('of an answer %d ends with %d, and passes on what was said', async (status, code) => {
    const server = createServer((request, reply) => reply.writeHead(status).end(`asked for ${request.url}`)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const result = await check(`[MONITORING]\nHTTP_STATUS_HOST = 0.0.0.0\nHTTP_STATUS_PORT = ${port}\n`);

    server.close();
    expect(result).toEqual({ code, said: 'asked for /health/ready' });
  });

  it('fails, and says why, when nobody is there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await check(`[MONITORING]\nHTTP_STATUS_PORT=${port}\n`)).toEqual({ code: 1, said: expect.stringContaining('ECONNREFUSED') });
  });
});
