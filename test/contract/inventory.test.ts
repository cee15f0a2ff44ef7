/** The venue's tables against what third-party clients know of the exchange: nothing that they can call may be missing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ENDPOINTS, WEB_SOCKET_METHODS } from '@fillwright/exchange-simulator';
import { describe, expect, it } from '@jest/globals';
import ccxt from 'ccxt';

const CONNECTOR = createRequire(import.meta.url).resolve('@binance/derivatives-trading-usds-futures');
const source = readFileSync(CONNECTOR, 'utf8');

/** Left out on purpose, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'GET lvtKlines': 'leveraged tokens are no more',
  'GET account': 'v1 is retired',
  'GET balance': 'v1 is retired',
  'GET positionRisk': 'v1 is retired',
  'GET stock/contract': 'the exchange has it as POST only',
};

describe('the endpoint table', () => {
  it("has every endpoint that the exchange's own connector calls", () => {
    const called = [...source.matchAll(/endpoint: "([^"]+)",\s+method: "([A-Z]+)"/g)].map(([, path, method]) => `${method} ${path}`);
    expect(called.length).toBeGreaterThan(90);
    expect(called.filter((name) => !ENDPOINTS.has(name))).toEqual([]);
  });

  it('has every futures endpoint that ccxt knows, but for brokers', () => {
    const { api } = new ccxt.binanceusdm().describe() as { api: Record<string, Record<string, Record<string, unknown>>> };
    const versions: Readonly<Record<string, string>> = { fapiPublic: 'v1', fapiPrivate: 'v1', fapiPublicV2: 'v2', fapiPrivateV2: 'v2' };
    const missing: string[] = [];
    for (const [group, version] of Object.entries({ ...versions, fapiPublicV3: 'v3', fapiPrivateV3: 'v3', fapiData: '' })) {
      for (const [verb, paths] of Object.entries(api[group] ?? {})) {
        for (const path of Object.keys(paths)) {
          const method = verb.toUpperCase();
          const base = group === 'fapiData' ? '/futures/data' : `/fapi/${version}`;
          if (path.startsWith('apiReferral/') || (version === 'v1' && `${method} ${path}` in LEFT_OUT)) continue;
          if (!ENDPOINTS.has(`${method} ${base}/${path}`)) missing.push(`${method} ${base}/${path}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('charges the weights that the connector documents', () => {
    const types = readFileSync(CONNECTOR.replace(/index\.js$/, 'index.d.ts'), 'utf8');
    const endpoints = new Map<string, string>();
    for (const [, name = '', path, verb] of source.matchAll(
      /(\w+): async \((?:(?!: async)[\s\S])*?endpoint: "([^"]+)",\s+method: "([A-Z]+)"/g,
    ))
      endpoints.set(name, `${verb} ${path}`);
    const told = [...types.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+(\w+)\(requestParameters/g)].flatMap(([, doc = '', method = '']) => {
      const weight = /Weight\(IP\): (\d+)/.exec(doc)?.[1];
      const name = endpoints.get(method);
      return weight === undefined || name === undefined ? [] : [[name, Number(weight)] as const];
    });
    expect(new Map(told).size).toBeGreaterThan(55);
    expect(told.map(([name]) => [name, ENDPOINTS.get(name)?.weight])).toEqual(told);
  });

  it('has every method of the WS-API', () => {
    const called = [...source.matchAll(/sendMessage\("\/([\w/.]+)"/g)].map(([, method]) => method ?? '');
    expect(called.length).toBeGreaterThan(15);
    expect(called.filter((method) => WEB_SOCKET_METHODS[method] === undefined)).toEqual([]);
  });
});
