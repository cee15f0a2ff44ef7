import { describe, expect, it } from '@jest/globals';
import { isLocalEndpoint } from '../../src/config/curve-check.ts';
import { faultText } from '../../src/config/faults.ts';
import { engineSpec } from '../../src/config/keys/engine.ts';
import { marketServerSpec } from '../../src/config/keys/market-server.ts';
import { positionServerSpec } from '../../src/config/keys/position-server.ts';
import { traderSpec } from '../../src/config/keys/trader.ts';
import { loadConfig } from '../../src/config/load.ts';

const KEYS = { API_KEY: 'abcdefgh1', API_SECRET: 'abcdefgh2' };

function faultsOf(spec: Parameters<typeof loadConfig>[0], zmq: string): readonly string[] {
  const api = spec === engineSpec ? `[GLOBAL]\nAPI_KEY=${KEYS.API_KEY}\nAPI_SECRET=${KEYS.API_SECRET}\n` : '';
  const result = loadConfig(spec, `${api}[ZMQ]\n${zmq}`, 'p.ini', () => undefined);
  return result.ok ? [] : result.faults.map(faultText);
}

describe('endpoints beyond this machine', () => {
  it.each([
    ['tcp://127.0.0.1:6001', true],
    ['tcp://127.8.9.1:6001', true],
    ['tcp://localhost:6001', true],
    ['tcp://[::1]:6001', true],
    ['ipc:///run/desk', true],
    ['tcp://*:6001', false],
    ['tcp://0.0.0.0:6001', false],
    ['tcp://10.0.0.1:6001', false],
    ['tcp://trading-engine:6001', false],
    ['tcp://127.evil.example:6001', false],
    ['tcp://localhost.evil.example:6001', false],
  ])('%s is local: %s', (endpoint, isLocal) => {
    expect(isLocalEndpoint(endpoint)).toBe(isLocal);
  });

  it.each([
    [marketServerSpec, 'MARKET_PUB_ENDPOINT=tcp://*:6001'],
    [engineSpec, 'SERVICE_ENDPOINT=tcp://0.0.0.0:8002'],
    [engineSpec, 'TRADER_SUB_ENDPOINT=tcp://127.0.0.1:7003,tcp://10.0.0.2:7003'],
    [positionServerSpec, 'TRADE_EVENTS_SUB_ENDPOINT=tcp://trading-engine:6017'],
    [traderSpec, 'ENGINE_SERVICE_ENDPOINT=tcp://10.0.0.2:8002'],
  ] as const)('are refused without keys, by file and key, and taken with them (%#)', (spec, line) => {
    const [key = ''] = line.split('=');

    expect(faultsOf(spec, `${line}\n`)).toEqual([
      expect.stringMatching(new RegExp(`^p\\.ini:\\d+ \\[ZMQ\\] ${key}: expected an address of this machine`)),
    ]);
    expect(faultsOf(spec, `${line}\nCURVE_KEY_FILE=k\nCURVE_PEERS_FILE=p\n`)).toEqual([]);
  });

  it('need both files', () => {
    expect(faultsOf(traderSpec, 'CURVE_KEY_FILE=k\n')).toEqual([expect.stringContaining('[ZMQ] CURVE_PEERS_FILE: expected a file')]);
    expect(faultsOf(traderSpec, 'CURVE_PEERS_FILE=p\n')).toEqual([expect.stringContaining('[ZMQ] CURVE_KEY_FILE: expected a file')]);
  });
});
