/** What Compose mounts: every INI file loads, keeps its sockets closed by CURVE, and differs from the shipped one only in where things are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulatorSpec } from '@fillwright/exchange-simulator/config';
import { faultText, loadConfig, SERVICE_SPECS, specOfFile } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './_docker.ts';

const FOLDER = join(ROOT, 'deploy/config');
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ini'));
const keys = (name: string): string | undefined => (/_API_(KEY|SECRET)$/.test(name) ? 'abcdefgh12345678' : undefined);

const load = (name: string, change: (text: string) => string = (text) => text) => {
  const text = change(readFileSync(join(FOLDER, name), 'utf8'));
  const spec = specOfFile(text, [...SERVICE_SPECS, simulatorSpec]);
  if (spec === undefined) throw new Error(`${name} is for no process`);
  const result = loadConfig(spec, text, name, keys);
  return { process: spec.process, faults: result.ok ? [] : result.faults.map(faultText) };
};

describe('the INI files of Compose', () => {
  it.each(files.filter((name) => !name.startsWith('live/trading_engine')))('%s loads', (name) => {
    expect(load(name).faults).toEqual([]);
  });

  it('the one of the live engine is refused, and only for being live', () => {
    const { faults } = load('live/trading_engine_binance.ini');
    expect(faults).not.toEqual([]);
    for (const fault of faults) expect(fault).toContain('live');
  });

  it.each(files.filter((name) => !name.includes('exchange_simulator')))('%s is refused without CURVE', (name) => {
    const { faults } = load(name, (text) => text.replaceAll(/^CURVE_.*\n/gm, ''));
    expect(faults.join('\n')).toContain('without keys whoever reaches');
  });

  it.each(files.filter((name) => name !== 'common/desk.ini'))('%s has the keys of the shipped file, and those of a container', (name) => {
    const [venue = '', file = ''] = name.split('/');
    const shipped = join(ROOT, 'config', ...(venue === 'live' || venue === 'testnet' ? [venue] : []), file);
    const names = (text: string): string[] => [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, key]) => key ?? '');
    const extra = ['CURVE_KEY_FILE', 'CURVE_PEERS_FILE', 'HTTP_STATUS_HOST'];
    const ours = names(readFileSync(join(FOLDER, name), 'utf8')).filter((key) => !extra.includes(key));
    expect(ours).toEqual(names(readFileSync(shipped, 'utf8')));
  });
});
