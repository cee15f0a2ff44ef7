import { describe, expect, it } from '@jest/globals';
import { checkGlobals, zoneOf } from '../../scripts/house/forbidden-globals.ts';
import { judge } from './snippets.ts';

const STRICT = 'packages/trading-engine/src/order.ts';

function faultsIn(code: string, path = STRICT): string[] {
  return judge({ [path]: code }, (_, model) => checkGlobals(model));
}

describe('forbidden globals', () => {
  const refused = [
    'export const a = Date.now();',
    'export const a = new Date();',
    'export const a = new Date;',
    'export const a = Date();',
    "export const a = Date['now']();",
    'export const clock = Date;',
    'export const { now } = Date;',
    'export const a = Date?.now?.();',
    'export const a = performance.now();',
    'export const a = process.hrtime.bigint();',
    'export const a = process.env.KEY;',
    "export const a = process['env'];",
    'export const { env } = process;',
    'setTimeout(() => {}, 1);',
    'export const a = { setInterval };',
    'setImmediate(() => {});',
    'queueMicrotask(() => {});',
    'process.nextTick(() => {});',
    'export const a = AbortSignal.timeout(5);',
    'export const a = Math.random();',
    'export const { random } = Math;',
    'export const a = crypto.randomUUID();',
    'export const a = globalThis.fetch;',
    "export const a = fetch('http://x');",
    "export const a = new WebSocket('ws://x');",
    'export const a = new WeakRef({});',
    'export const a = new FinalizationRegistry(() => {});',
    'export const a = new Intl.NumberFormat();',
    'export const a = (1).toLocaleString();',
    "export const a = 'a'.localeCompare('b');",
    'export const a = Temporal.Now.instant();',
    "console.log('x');",
    "export class A extends Worker { constructor() { super('x'); } }",
    "import { setTimeout } from 'node:timers/promises';",
    "import { randomBytes } from 'node:crypto';",
    "import * as crypto from 'node:crypto';",
    "import { gzip } from 'node:zlib';",
    "import { readFile } from 'node:fs/promises';",
    "import { readFileSync } from 'fs';",
    "import net from 'node:net';",
    "export { Worker } from 'node:worker_threads';",
    "export const a = await import('node:dgram');",
    "import process from 'node:process';",
    "import axios from 'axios';",
  ];
  it.each(refused)('refuses %s', (code) => {
    expect(faultsIn(code)).toHaveLength(1);
  });

  const permitted = [
    'export const a = new Date(5).toISOString();',
    'export const a = (x: unknown) => x instanceof Date;',
    'export const a = Date.UTC(2026, 1) + Date.parse("2026-01-01");',
    'export type A = Date | WeakRef<object> | Intl.NumberFormat;',
    'export type Now = typeof Date.now;',
    'export interface A extends Intl.NumberFormat { readonly fetch: typeof fetch }',
    'export const a = Math.max(1, 2);',
    'export const a = process.argv.length;',
    "export const a = 'Date.now()'; // Date.now()\n/* new Date() */ export const b = `Math.random()`;",
    'export const a = /setTimeout\\(/;',
    'export function a(fetch: () => void) { fetch(); }',
    'export const a = { fetch: 1, setTimeout() { return 2; } };',
    'export class A { performance = 1; get crypto() { return 1; } }',
    'export const a = (port: { random(): number; now(): number; fetch(): void }) => [port.random(), port.now(), port.fetch()];',
    'export const a = ({ fetch: load }: { fetch: number }) => load;',
    'export const a = (signal: unknown) => signal instanceof AbortSignal;',
    "import type { Socket } from 'node:net';\nexport type A = Socket;",
    "import { createHmac, timingSafeEqual } from 'node:crypto';",
    "import { gzipSync, crc32 } from 'node:zlib';",
  ];
  it.each(permitted)('permits %s', (code) => {
    expect(faultsIn(code)).toEqual([]);
  });

  it('names the place and the way out', () => {
    expect(faultsIn('/** Header. */\nexport const a =\n  Date.now();')).toEqual([`${STRICT}:3: Date.now: take time from the Clock port`]);
  });

  it('leaves the makers of the ports alone, and looks at everybody else', () => {
    expect(zoneOf('packages/runtime/src/live/system-clock.ts')).toBe('free');
    expect(zoneOf('packages/simulation/src/kernel/kernel.ts')).toBe('free');
    expect(zoneOf('packages/simulation/src/world.ts')).toBe('strict');
    expect(zoneOf('packages/exchange-simulator/src/main.ts')).toBe('strict');
    expect(zoneOf('packages/runtime/test/clock.test.ts')).toBe('test');
    expect(zoneOf('test/process/kill.test.ts')).toBe('test');
    expect(zoneOf('packages/trader/bench/hop.ts')).toBe('edge');
    expect(zoneOf('packages/tools/bin/zmq-test.mjs')).toBe('edge');
    expect(zoneOf('scripts/check.ts')).toBe('edge');
    expect(faultsIn('export const a = Date.now() + Math.random();', 'packages/runtime/src/live/clock.ts')).toEqual([]);
  });

  describe('in tests', () => {
    const path = 'packages/trader/test/trader.test.ts';

    it('permits time and timers, which deadlines need', () => {
      expect(faultsIn('setTimeout(() => { throw new Error("late"); }, Date.now());', path)).toEqual([]);
      expect(faultsIn('await new Promise((resolve, reject) => { setTimeout(reject, 50); resolve(1); });', path)).toEqual([]);
    });

    it('permits to poll under a condition', () => {
      expect(
        faultsIn('while (!done()) await new Promise((r) => setTimeout(r, 2)); function done(): boolean { return true; }', path),
      ).toEqual([]);
    });

    const sleeps = [
      'while (true) await new Promise((r) => setTimeout(r, 50));',
      'while (x()) y(async () => { await new Promise((r) => setTimeout(r, 50)); });',
      'await new Promise((resolve) => setTimeout(resolve, 50));',
      'await new Promise<void>((done) => { setTimeout(() => done(), 50); });',
      'await new Promise(function (r) { setTimeout(r, 50); });',
      "import { setTimeout as sleep } from 'node:timers/promises';",
    ];
    it.each(sleeps)('refuses to sleep: %s', (code) => {
      expect(faultsIn(code, path)).toEqual([expect.stringContaining('sleeping in a test')]);
    });

    it('refuses numbers that no seed repeats', () => {
      expect(faultsIn('export const a = Math.random();', path)).toHaveLength(1);
      expect(faultsIn('export const a = Math.random();', 'packages/trader/bench/hop.ts')).toHaveLength(1);
    });
  });
});
