import { describe, expect, it } from '@jest/globals';
import { faultText } from '../../src/config/faults.ts';
import { type ConfigOf, configSpec, freeKeys, namedSections, section } from '../../src/config/key.ts';
import { boolean, decimalNumber, endpoints, integer, oneOf, optional, secret, text, textList, url } from '../../src/config/kinds.ts';
import { loadConfig } from '../../src/config/load.ts';

const about = { doc: 'd', when: 'w' };

const spec = configSpec({
  process: 'sample',
  doc: 'A sample.',
  sections: {
    GLOBAL: section('g', {
      EXCHANGE_NAME: oneOf(['BINANCE'], { ...about, default: 'BINANCE' }),
      API_KEY: secret({ ...about, env: '<EXCHANGE>_API_KEY' }),
      LIMIT: integer({ ...about, default: '5', unit: 'ms', min: 1, max: 10 }),
      SHARE: decimalNumber({ ...about, default: '0.5', min: '0', max: '1' }),
      FAST: boolean({ ...about, default: 'false', later: 'It will be fast.' }),
      PEERS: endpoints('connect-subscriber', { ...about, default: 'tcp://127.0.0.1:6001' }),
      NAMES: textList({ ...about, default: '' }),
      BACKUP: optional(url(['ws', 'wss'], about)),
    }),
    STRATEGY: section('s', { CLASS: text({ ...about, default: 'Quoter' }), PARAMS: freeKeys('PARAM_', about) }),
    ACCOUNT: namedSections('a', { BALANCE: decimalNumber({ ...about, default: '0' }) }),
  },
  check: ({ GLOBAL }) =>
    GLOBAL.LIMIT === 7 ? [{ severity: 'fault', section: 'GLOBAL', key: 'LIMIT', text: 'any number but seven' } as const] : [],
});

const variable = (name: string) => `\${${name}}`;
const good = '[GLOBAL]\nAPI_KEY=k3yk3yk3y\n';

function load(source: string, environment: Readonly<Record<string, string>> = {}) {
  return loadConfig(spec, source, 'sample.ini', (name) => environment[name]);
}

function loaded(source: string, environment: Readonly<Record<string, string>> = {}): ConfigOf<typeof spec> {
  const result = load(source, environment);
  if (!result.ok) throw new Error(result.faults.map(faultText).join('\n'));
  return result.value;
}

function faultsOf(source: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const result = load(source, environment);
  return result.ok ? [] : result.faults.map(faultText);
}

describe('a configuration file', () => {
  it('gives typed values, with defaults for what it leaves out', () => {
    const config = loaded(
      '\uFEFF# comment\n[GLOBAL] ; comment\nAPI_KEY = "k;3y" \r\nLIMIT=9 ; the limit\nPEERS = tcp://a:1, tcp://b:2\n\n[ACCOUNT.demo]\nBALANCE=100.5\n[ACCOUNT.second.one]\n[STRATEGY]\nPARAM_SPREAD=4\n',
    );

    expect(config.GLOBAL.API_KEY.reveal()).toBe('k;3y');
    expect(config.GLOBAL.LIMIT).toBe(9);
    expect(config.GLOBAL.SHARE.toFixed()).toBe('0.5');
    expect(config.GLOBAL.FAST).toBe(false);
    expect(config.GLOBAL.PEERS).toEqual(['tcp://a:1', 'tcp://b:2']);
    expect(config.GLOBAL.NAMES).toEqual([]);
    expect(config.GLOBAL.BACKUP).toBeUndefined();
    expect(config.STRATEGY.CLASS).toBe('Quoter');
    expect([...config.STRATEGY.PARAMS]).toEqual([['SPREAD', '4']]);
    expect([...config.ACCOUNT.keys()]).toEqual(['demo', 'second.one']);
    expect(config.ACCOUNT.get('demo')?.BALANCE.toFixed()).toBe('100.5');
  });

  it('reports all its faults at once, each with file, line, key and what was expected', () => {
    const source = [
      'STRAY=1',
      '[GLOBL]',
      'LIMIT=3',
      '[GLOBAL]',
      'LIMIT=11',
      'LIMT=3',
      'FAST=yes',
      'FAST=true',
      'CLASS=Quoter',
      'SHARE=1.5',
      'just words',
      'PEERS=tcp://127.0.0.1:70000',
      '[ACCOUNT]',
    ].join('\n');

    expect(faultsOf(source)).toEqual([
      'sample.ini:1 STRAY: expected a section such as [GLOBAL] before the first key, got STRAY',
      'sample.ini:2 [GLOBL]: expected a known section, got GLOBL; did you mean [GLOBAL]?',
      'sample.ini:4 [GLOBAL] API_KEY: expected a real value, not a placeholder, got nothing: the key is missing and has no default',
      'sample.ini:5 [GLOBAL] LIMIT: expected an integer from 1 to 10 (ms), got "11"',
      'sample.ini:6 [GLOBAL] LIMT: expected a known key, got LIMT; did you mean LIMIT?',
      'sample.ini:7 [GLOBAL] FAST: expected true or false, got "yes"',
      'sample.ini:8 [GLOBAL] FAST: expected the key once (it stands in line 7 already), got a second one',
      'sample.ini:9 [GLOBAL] CLASS: expected a known key, got CLASS; did you mean CLASS of section [STRATEGY]?',
      'sample.ini:10 [GLOBAL] SHARE: expected a decimal number from 0 to 1, got "1.5"',
      'sample.ini:11 [GLOBAL]: expected KEY=value, got a line of another form',
      'sample.ini:12 [GLOBAL] PEERS: expected an endpoint such as tcp://127.0.0.1:6001, several separated by commas, got "tcp://127.0.0.1:70000"',
      'sample.ini:13 [ACCOUNT]: expected a known section, got ACCOUNT; did you mean [ACCOUNT.some-name]?',
    ]);
  });

  it.each(['__proto__=1', '__proto__[]=1', 'LIMIT[]=3', '=3', '[GLOBAL', 'constructor=1'])(
    'refuses the line %s instead of dropping it',
    (line) => {
      expect(faultsOf(`${good}${line}\n`)).toHaveLength(1);
    },
  );

  it('runs cross checks beside other faults', () => {
    expect(faultsOf('[GLOBAL]\nLIMIT=7\n')).toEqual([
      expect.stringContaining('API_KEY'),
      'sample.ini:2 [GLOBAL] LIMIT: expected any number but seven, got "7"',
    ]);
  });

  it('expands variables and names those that are unset', () => {
    expect(loaded(`[GLOBAL]\nAPI_KEY=a${variable('ONE')}b${variable('TWO')}\n`, { ONE: '1', TWO: '2' }).GLOBAL.API_KEY.reveal()).toBe(
      'a1b2',
    );
    expect(faultsOf(`[GLOBAL]\nAPI_KEY=${variable('ONE')}\n`)).toEqual([
      'sample.ini:2 [GLOBAL] API_KEY: expected the environment variable ONE to be set, got an unset or empty variable',
    ]);
  });

  it('lets the environment variable of a key win, and says so', () => {
    const won = load(`[GLOBAL]\nEXCHANGE_NAME=binance\nAPI_KEY=${variable('UNSET')}\n`, { BINANCE_API_KEY: 'fromoutside' });
    expect(won).toMatchObject({ ok: true, warnings: [{ line: 3, key: 'API_KEY', message: expect.stringContaining('BINANCE_API_KEY') }] });
    if (won.ok) expect(won.value.GLOBAL.API_KEY.reveal()).toBe('fromoutside');
  });

  it.each(['your_api_key', 'YOUR_SECRET', 'xxx', 'XXXXXXXX', 'changeme', '<key>', 'your_binance_api_secret', '****', 'REPLACE_ME'])(
    'refuses the placeholder %s without showing it',
    (value) => {
      const [fault] = faultsOf(`[GLOBAL]\nAPI_KEY=${value}\n`);
      expect(fault).toBe('sample.ini:2 [GLOBAL] API_KEY: expected a real value, not a placeholder, got [secret]');
    },
  );

  it('warns of a key whose effect comes later only when it is set to something else', () => {
    expect(load(`${good}FAST=false\n`).warnings).toEqual([]);
    expect(load(`${good}FAST=true\n`).warnings).toEqual([
      { file: 'sample.ini', line: 3, section: 'GLOBAL', key: 'FAST', message: 'has no effect yet. It will be fast.' },
    ]);
  });

  it('keeps long digits in single quotes as they are', () => {
    expect(loaded("[GLOBAL]\nAPI_KEY='12345678901234567890'\n").GLOBAL.API_KEY.reveal()).toBe('12345678901234567890');
  });
});
