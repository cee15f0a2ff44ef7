import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { close, listen } from '../_stack/port-block.ts';
import { PROCESS_NAMES, type ProcessName, ROOT, Stack } from '../_stack/stack.ts';

jest.setTimeout(90_000);

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start(['exchange-simulator']);
});

afterAll(() => stack?.dispose());

interface Refusal {
  readonly code: number | null;
  /** What a person reads. */
  readonly text: string;
  /** The one line on stdout. */
  readonly json: {
    readonly ok: boolean;
    readonly error?: { readonly code: string; readonly message: string };
    readonly [fact: string]: unknown;
  };
}

/** The whole command, as a user would type it. */
async function refused(name: ProcessName, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Refusal> {
  const child = stack.run(name, [stack.main(name), ...args, '--json'], env);
  const { code } = await child.end(undefined, 60_000);
  expect(child.stdout).toHaveLength(1);
  return { code, text: child.stderr.join('\n'), json: JSON.parse(child.stdout[0] ?? '') as Refusal['json'] };
}

function engineIni(name: string, edit: (text: string) => string): string {
  const path = join(stack.folder, name);
  writeFileSync(path, edit(readFileSync(stack.ini('trading-engine'), 'utf8')));
  return path;
}

/** Words of a message, wherever it was broken into lines. */
function inWords(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

describe('live trading is not released', () => {
  it.each([
    ['TESTNET_MODE=false and the real hosts', 'false', 'https://fapi.binance.com', 'wss://fstream.binance.com/private'],
    ['TESTNET_MODE=true and the real hosts', 'true', 'https://fapi.binance.com', 'wss://fstream.binance.com/private'],
    ['only one of the hosts real', 'false', 'http://127.0.0.1:1', 'wss://fstream.binance.com/private'],
    ['a real host in other letters', 'false', 'https://FAPI.Binance.com', 'ws://127.0.0.1:1/private'],
    ['an address instead of a name', 'false', 'https://203.0.113.7', 'ws://127.0.0.1:1/private'],
  ])('refuses %s', async (_, testnet, rest, stream) => {
    const path = engineIni('live.ini', (text) =>
      text
        .replace(/^TESTNET_MODE=.*$/m, `TESTNET_MODE=${testnet}`)
        .replace(/^HTTP_BASE_URL=.*$/m, `HTTP_BASE_URL=${rest}`)
        .replace(/^WS_PRIVATE_URL=.*$/m, `WS_PRIVATE_URL=${stream}`),
    );

    const { code, text, json } = await refused('trading-engine', ['BINANCE', path]);

    expect(code).toBe(2);
    expect(inWords(text)).toContain('live trading is not released');
    expect(json).toMatchObject({ ok: false, error: { code: 'CFG_FAULTS' } });
  });

  it('refuses the shipped live files whatever keys the environment brings', async () => {
    const keys = { BINANCE_API_KEY: 'k'.repeat(64), BINANCE_API_SECRET: 's'.repeat(64) };
    const { code, text } = await refused('trading-engine', ['BINANCE', join(ROOT, 'config/live/trading_engine_binance.ini')], keys);

    expect(code).toBe(2);
    expect(inWords(text)).toContain('live trading is not released');
  });
});

describe('a command that cannot work says why and ends', () => {
  it.each(PROCESS_NAMES.map((name) => [name]))('%s without its file: exit code 2', async (name) => {
    const exchange = name === 'exchange-simulator' || name === 'trader' ? [] : ['BINANCE'];
    const { code, text, json } = await refused(name, [...exchange, 'nowhere/at-all.ini']);

    expect(code).toBe(2);
    expect(text).toContain('nowhere/at-all.ini');
    expect(json.error).toMatchObject({ code: 'CFG_FILE_UNREADABLE' });
  });

  it.each(PROCESS_NAMES.map((name) => [name]))('%s with a flag that does not exist: exit code 2', async (name) => {
    const { code, text } = await refused(name, [stack.ini(name), '--no-such-flag']);

    expect(code).toBe(2);
    expect(text).toContain('--no-such-flag');
  });

  it('tells all faults of a file at once, with file, line and key', async () => {
    const path = engineIni('faults.ini', (text) =>
      text.replace(/^LOG_LEVEL=.*$/m, 'LOG_LEVELL=INFO').replace(/^HTTP_TIMEOUT_MS=.*$/m, 'HTTP_TIMEOUT_MS=soon'),
    );
    const { code, text } = await refused('trading-engine', ['BINANCE', path]);

    expect(code).toBe(2);
    expect(text).toMatch(/faults\.ini:\d+.*LOG_LEVELL.*LOG_LEVEL/);
    expect(text).toMatch(/faults\.ini:\d+.*HTTP_TIMEOUT_MS/);
  });

  it.each([
    ['trading-engine', 6002],
    ['trading-engine', 8002],
    ['trading-engine', 9102],
    ['market-server', 6001],
    ['market-server', 9101],
    ['position-server', 7004],
    ['position-server', 8003],
    ['trader', 7003],
    ['trader', 9104],
  ] as const)('%s whose port %i is taken: exit code 1 and the port', async (name, planned) => {
    const port = stack.port(planned);
    const other = await listen(port);
    if (other === undefined) throw new Error(`port ${port} is not free`);
    try {
      const { code, text, json } = await refused(name, name === 'trader' ? [stack.ini(name)] : ['BINANCE', stack.ini(name)]);
      expect(code).toBe(1);
      expect(text).toContain(String(port));
      expect(text).toContain('in use');
      expect(json.error).toMatchObject({ code: 'RUN_PORT_IN_USE' });
    } finally {
      await close(other);
    }
  });

  it('the simulator whose port is taken: exit code 1 and the port', async () => {
    // It runs already: the second one meets the first.
    const { code, text, json } = await refused('exchange-simulator', [stack.ini('exchange-simulator')]);

    expect(code).toBe(1);
    expect(text).toMatch(/in use/);
    expect(json.error).toMatchObject({ code: 'RUN_PORT_IN_USE' });
  });
});

describe('--test-auth', () => {
  it('accepts the right key', async () => {
    const { code, json } = await refused('trading-engine', ['BINANCE', stack.ini('trading-engine'), '--test-auth']);

    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true });
  });

  it.each([
    ['secret', 'API_SECRET', '-1022'],
    ['key', 'API_KEY', '-2015'],
  ])('fails clearly with a wrong %s', async (_, key, venueCode) => {
    const path = engineIni(`wrong-${key}.ini`, (text) =>
      text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${'0123456789abcdef'.repeat(4)}`),
    );
    const { code, text, json } = await refused('trading-engine', ['BINANCE', path, '--test-auth']);

    expect([1, 3]).toContain(code);
    expect(json).toMatchObject({ ok: false });
    expect(text).toContain(venueCode);
    expect(text).not.toContain('0123456789abcdef');
  });

  it('says that nobody is there: exit code 3', async () => {
    const path = engineIni('nobody.ini', (text) => text.replace(/^HTTP_BASE_URL=.*$/m, `HTTP_BASE_URL=http://127.0.0.1:${stack.port(1)}`));
    const { code, json } = await refused('trading-engine', ['BINANCE', path, '--test-auth']);

    expect(code).toBe(3);
    expect(json).toMatchObject({ ok: false });
  });

  it('has a sister: --test-websocket opens the private stream, or says that it did not', async () => {
    const good = await refused('trading-engine', ['BINANCE', stack.ini('trading-engine'), '--test-websocket']);
    expect(good).toMatchObject({ code: 0, json: { ok: true } });

    const path = engineIni('no-stream.ini', (text) =>
      text.replace(/^WS_PRIVATE_URL=.*$/m, `WS_PRIVATE_URL=ws://127.0.0.1:${stack.port(1)}/private`),
    );
    expect(await refused('trading-engine', ['BINANCE', path, '--test-websocket'])).toMatchObject({ code: 3, json: { ok: false } });
  });
});
