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
      numbers({ ...DEFAULT_OPTIONS, historyKept: 2_000 }),
    );
  });

  it('takes other assets, a leverage table and an insurance fund', () => {
    const rich = source
      .replace('SEED=1', 'SEED=1\nINSURANCE_FUND=250.5')
      .replace('BALANCE_USDT=100000', 'BALANCE_USDT=100000\nOTHER_BALANCES=BTC:0.5, USDC:1000')
      .replace('BASE_ASSET=SOL', 'BASE_ASSET=SOL\nQUOTE_ASSET=USDC\nBRACKETS=50:5000:0.01, 20:100000:0.05');
    const result = loadConfig(simulatorSpec, rich, FILE, () => undefined);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    const { accounts, symbols, insuranceFund } = optionsOfConfig(result.value);
    expect(insuranceFund).toBe('250.5');
    expect(accounts.map(({ otherBalances }) => otherBalances)).toEqual([{ BTC: '0.5', USDC: '1000' }, undefined]);
    expect(symbols.at(-1)).toMatchObject({
      quoteAsset: 'USDC',
      brackets: [
        [50, 5_000, '0.01'],
        [20, 100_000, '0.05'],
      ],
    });
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
