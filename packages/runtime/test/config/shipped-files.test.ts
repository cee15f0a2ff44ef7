import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { configurationPage } from '../../src/config/document.ts';
import { endpointsOf } from '../../src/config/endpoints.ts';
import { type ConfigFault, faultText, warningText } from '../../src/config/faults.ts';
import { engineSpec } from '../../src/config/keys/engine.ts';
import { traderSpec } from '../../src/config/keys/trader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { PORT_PLAN, plannedEndpoint } from '../../src/config/port-plan.ts';
import { SERVICE_SPECS, specOfFile } from '../../src/config/specs.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const KEYS: Readonly<Record<string, string>> = { BINANCE_API_KEY: 'k1'.repeat(32), BINANCE_API_SECRET: 's3'.repeat(32) };

/** Of the four services; the simulator's file is tested in its package. */
function files(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.ini') && !name.startsWith('exchange_simulator'))
    .map((name) => `${folder}/${name}`);
}

function load(file: string, environment: Readonly<Record<string, string>>) {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const spec = specOfFile(source, SERVICE_SPECS);
  if (spec === undefined) throw new Error(`${file} is of no known process`);
  return { spec, result: loadConfig(spec, source, file, (name) => environment[name]) };
}

function faults(result: { readonly ok: boolean; readonly faults?: readonly ConfigFault[] }): readonly string[] {
  return (result.faults ?? []).map(faultText);
}

describe('the shipped files', () => {
  it('are there for each service and world', () => {
    const names = ['market_server_binance', 'position_server_binance', 'trader', 'trading_engine_binance'];
    for (const folder of ['config', 'config/testnet', 'config/live']) {
      expect(files(folder)).toEqual(names.map((name) => `${folder}/${name}.ini`));
    }
  });

  it.each(files('config'))('%s runs as it stands, without a warning', (file) => {
    const { result } = load(file, {});

    expect(faults(result)).toEqual([]);
    expect(result.warnings.map(warningText)).toEqual([]);
  });

  it.each(files('config'))('%s says the same as its defaults', (file) => {
    const { spec, result } = load(file, {});
    const bare = loadConfig(spec, '', file, (name) => KEYS[name]);

    expect(JSON.stringify(result.ok && result.value)).toBe(JSON.stringify(bare.ok && bare.value));
  });

  it.each(files('config/testnet'))('%s runs once keys are in the environment', (file) => {
    expect(faults(load(file, KEYS).result)).toEqual([]);
  });

  it('config/testnet/trading_engine_binance.ini asks for the keys by name', () => {
    expect(faults(load('config/testnet/trading_engine_binance.ini', {}).result)).toEqual([
      expect.stringContaining('expected the environment variable BINANCE_API_KEY to be set'),
      expect.stringContaining('expected the environment variable BINANCE_API_SECRET to be set'),
    ]);
  });

  it('config/live/trading_engine_binance.ini is refused, and only for being live', () => {
    const found = faults(load('config/live/trading_engine_binance.ini', KEYS).result);

    expect(found).toHaveLength(3);
    for (const fault of found) expect(fault).toContain('live trading is not released yet');
  });

  it.each(['market_server_binance', 'position_server_binance', 'trader'])('config/live/%s.ini loads: it trades nothing', (name) => {
    expect(faults(load(`config/live/${name}.ini`, {}).result)).toEqual([]);
  });

  it.each(files('config'))('%s binds and connects by the port plan', (file) => {
    const { spec, result } = load(file, {});
    if (!result.ok) throw new Error('does not load');
    const planned = new Set(PORT_PLAN.map((row) => `tcp://127.0.0.1:${row.port}`));

    const named = endpointsOf(spec, result.value);
    expect(named.length).toBeGreaterThan(1);
    for (const { endpoint } of named) expect(planned).toContain(endpoint);
    for (const { key, endpoint } of named.filter(({ role }) => role.startsWith('bind'))) {
      expect(PORT_PLAN).toContainEqual(expect.objectContaining({ process: spec.process, key, port: Number(endpoint.split(':')[2]) }));
    }
  });
});

describe('the specs', () => {
  it('have defaults that their own keys accept', () => {
    for (const spec of SERVICE_SPECS) {
      for (const [section, part] of Object.entries(spec.sections)) {
        for (const [name, key] of Object.entries(part.keys)) {
          if (key.type !== 'key' || key.default === undefined) continue;
          expect([spec.process, section, name, key.parse(key.default).ok]).toEqual([spec.process, section, name, true]);
        }
      }
    }
  });

  it('bind every planned port of their process', () => {
    for (const { process, section, key } of PORT_PLAN) {
      if (process === 'exchange-simulator') continue;
      expect(SERVICE_SPECS.find((spec) => spec.process === process)?.sections[section]?.keys).toHaveProperty(key);
    }
    expect(new Set(PORT_PLAN.map(({ port }) => port)).size).toBe(PORT_PLAN.length);
    expect(plannedEndpoint('trader', 'TRADER_PUB_ENDPOINT')).toBe('tcp://127.0.0.1:7003');
  });

  it('are documented key by key', () => {
    const page = configurationPage(SERVICE_SPECS);
    for (const spec of SERVICE_SPECS) {
      for (const part of Object.values(spec.sections)) {
        for (const [name, key] of Object.entries(part.keys)) expect(page).toContain(key.type === 'key' ? `| \`${name}\`` : key.prefix);
      }
    }
  });

  it('hand PARAM_ keys to the strategy without the prefix', () => {
    const result = loadConfig(traderSpec, '[STRATEGY]\nPARAM_SPREAD_TICKS=4\n', 't.ini', () => undefined);

    expect(result.ok && [...result.value.STRATEGY.PARAMS]).toEqual([['SPREAD_TICKS', '4']]);
  });
});

describe('the engine file', () => {
  const engine = (lines: string) =>
    loadConfig(engineSpec, `[GLOBAL]\nAPI_KEY=abcdefgh1\nAPI_SECRET=abcdefgh2\n${lines}`, 'e.ini', () => undefined);

  /** The documented file of the engine, word for word where it matters: old files must load, or say what is wrong with them. */
  const DOCUMENTED = `TESTNET_MODE=false
[HTTP_API]
HTTP_BASE_URL=https://fapi.binance.com
HTTP_TIMEOUT_MS=5000
HTTP_MAX_RETRIES=3
HTTP_RETRY_DELAY_MS=1000
API_REQUESTS_PER_SECOND=10
API_REQUESTS_PER_MINUTE=1200
API_BURST_LIMIT=20
AUTH_METHOD=HMAC_SHA256
SIGNATURE_TIMESTAMP_TOLERANCE_MS=5000
REFRESH_CREDENTIALS_INTERVAL_MS=3600000
[WEBSOCKET]
WS_PRIVATE_URL=wss://fstream.binance.com/ws
WS_PRIVATE_BACKUP_URL=wss://fstream.binance.com/ws
PRIVATE_CHANNELS=order_update,account_update,balance_update,trade_update
[RISK_MANAGEMENT]
MAX_POSITION_SIZE=10.0
MAX_POSITION_PER_SYMBOL=5.0
MAX_DAILY_LOSS=5000.0
ENABLE_PRE_TRADE_CHECKS=false
[WEBSOCKET]
ENABLE_PRIVATE_WEBSOCKET=false
`;

  it('refuses a real host, and dangerous switches with it', () => {
    const result = engine(DOCUMENTED);

    expect(faults(result)).toEqual([
      expect.stringMatching(/^e\.ini:6 \[HTTP_API\] HTTP_BASE_URL: .*live trading is not released yet/),
      expect.stringMatching(/^e\.ini:17 \[WEBSOCKET\] WS_PRIVATE_URL: .*live trading is not released yet/),
      expect.stringMatching(/^e\.ini:18 \[WEBSOCKET\] WS_PRIVATE_BACKUP_URL: .*live trading is not released yet/),
      expect.stringMatching(/^e\.ini:24 \[RISK_MANAGEMENT\] ENABLE_PRE_TRADE_CHECKS: expected true for a live venue/),
      expect.stringMatching(/^e\.ini:26 \[WEBSOCKET\] ENABLE_PRIVATE_WEBSOCKET: expected true for a live venue/),
    ]);
  });

  it('takes the switches in the simulator, with a warning', () => {
    const result = engine('[RISK_MANAGEMENT]\nENABLE_PRE_TRADE_CHECKS=false\n');

    expect(result.ok).toBe(true);
    expect(result.warnings.map(warningText)).toContainEqual(expect.stringContaining('A live venue would be refused'));
  });

  it('cannot be talked into a real host by TESTNET_MODE=true', () => {
    expect(faults(engine('TESTNET_MODE=true\n[HTTP_API]\nHTTP_BASE_URL=https://api.binance.com\n'))).toHaveLength(1);
  });
});
