import { readFileSync } from 'node:fs';
import { loadConfig } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { optionsOfConfig, simulatorSpec } from '../../src/options/config.ts';
import { DEFAULT_OPTIONS } from '../../src/options/options.ts';

const FILE = 'config/exchange_simulator.ini';
const source = readFileSync(new URL(`../../../../${FILE}`, import.meta.url), 'utf8');

describe('the INI file', () => {
  it('describes the demo venue exactly', () => {
    const result = loadConfig(simulatorSpec, source, FILE, () => undefined);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    const options = optionsOfConfig(result.value);
    const numbers = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, text) => (/^-?\d+\.\d+$/.test(text) ? String(Number(text)) : text)));
    expect(numbers({ ...options, accounts: options.accounts.map(({ makerFee, takerFee, ...rest }) => rest) })).toEqual(
      numbers(DEFAULT_OPTIONS),
    );
  });

  it('reports faults of accounts and symbols with their section', () => {
    const broken = source.replace('TICK_SIZE=0.10', 'TICK_SIZE=ten').replace('BALANCE_USDT=100000', 'BALANCE_USD=1');
    const result = loadConfig(simulatorSpec, broken, FILE, () => undefined);
    expect(result.ok ? [] : result.faults.map(({ section, key }) => `${section} ${key}`)).toEqual([
      'ACCOUNT.demo BALANCE_USD',
      'SYMBOL.BTCUSDT TICK_SIZE',
    ]);
  });
});
