import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usTime } from '@fillwright/domain/time';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/app-error.ts';
import { createLog, type LogOptions } from '../../src/observe/log.ts';
import { openLogFile } from '../../src/observe/log-file.ts';
import { screenLine } from '../../src/observe/screen-line.ts';
import { createSecretRegistry } from '../../src/observe/secret-registry.ts';
import { Secret } from '../../src/ports/log.ts';

const KEY = 'AbCdEf123456/+=';

function sample(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const secrets = createSecretRegistry();
  secrets.add(new Secret(KEY));
  const clock = { wallUs: () => usTime(1_763_686_923_000_042), monotonicUs: () => 0, after: () => ({ cancel: () => {} }) };
  const log = createLog({ proc: 'engine', level: 'info', clock, secrets, write: (line) => lines.push(line), ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') };
}

describe('a log', () => {
  it('writes one JSON line with time, level, process, event and fields', () => {
    const { log, lines, last } = sample();

    log.child({ epoch: 7 }).info('order-accepted', { id: 'q1a', quantity: 5n, at: undefined });

    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(last()).toEqual({
      ts: '2025-11-21T01:02:03.000042Z',
      level: 'info',
      proc: 'engine',
      epoch: 7,
      event: 'order-accepted',
      id: 'q1a',
      quantity: '5',
    });
  });

  it('leaves out what is below its level, and cannot be led to overwrite its own fields', () => {
    const { log, lines, last } = sample();

    log.debug('too-fine');
    expect(lines).toEqual([]);
    log.info('right', { event: 'wrong', level: 'x', ts: 1, proc: 'y' });
    expect(last()).toMatchObject({ event: 'right', level: 'info', proc: 'engine', event_: 'wrong' });
  });

  it.each([
    ['a Secret', { key: new Secret(KEY) }],
    ['a Secret deep inside', { config: { list: [{ key: new Secret(KEY) }], map: new Map([['k', new Secret(KEY)]]) } }],
    ['its clear text', { key: KEY }],
    ['a longer text', { headers: { 'X-MBX-APIKEY': KEY }, text: `sent ${KEY} off` }],
    ['a URL', { url: `https://x/?apiKey=${encodeURIComponent(KEY)}&k=${encodeURIComponent(KEY)}` }],
    ['an error', { error: new Error(`refused ${KEY}`, { cause: new AppError('BIN_X', KEY, { details: { key: KEY } }) }) }],
    ['a long text that is cut', { text: `${'a'.repeat(8_185)}${KEY}` }],
    ['an object with toJSON', { thing: { toJSON: () => ({ key: KEY }) } }],
  ])('removes a secret in %s', (_, fields) => {
    const { log, lines } = sample();

    log.error('with-secret', fields);
    log.child(fields).info('as-child');

    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toContain(KEY);
      expect(line).not.toContain(KEY.slice(0, 7));
      expect(line).not.toContain(encodeURIComponent(KEY));
    }
  });

  it('removes signatures and listen keys whatever their value', () => {
    const { log, last } = sample();

    log.info('request', { url: 'https://fapi/order?symbol=BTCUSDT&signature=0a1b2c&timestamp=1', ws: 'wss://f/ws?listenKey=pqia91' });

    expect(last()).toMatchObject({
      url: 'https://fapi/order?symbol=BTCUSDT&signature=[secret]&timestamp=1',
      ws: 'wss://f/ws?listenKey=[secret]',
    });
  });

  it('spells errors out with code and cause, and with a stack only when they are bugs', () => {
    const { log, last } = sample({ alertOnErrors: true });
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

    log.error('lost', { error: new AppError('ENG_LOST', 'an order is lost', { cause, details: { id: 'q1' } }) });

    expect(last()).toMatchObject({
      alert: true,
      error: {
        code: 'ENG_LOST',
        message: 'an order is lost',
        details: { id: 'q1' },
        cause: { code: 'ECONNREFUSED', stack: expect.any(String) },
      },
    });
    expect(last().error.stack).toBeUndefined();
  });

  it('survives whatever it is given', () => {
    const { log, lines } = sample();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const looped = new Error('a');
    looped.cause = looped;

    log.info('odd', {
      circle,
      looped,
      getter: Object.defineProperty({}, 'bad', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
      bytes: new Uint8Array(1_000_000),
      list: Array.from({ length: 10_000 }, (_, index) => index),
      number: Number.NaN,
      call: () => 1,
      none: null,
    });

    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(20_000);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ bytes: '[1000000 bytes]', number: 'NaN', none: null });
  });

  it('shows a person the code and the message of an error', () => {
    const { log, lines } = sample();

    log.error('start-failed', { code: 'RUN_PORT_IN_USE', error: new AppError('RUN_PORT_IN_USE', 'port 1 is taken') });

    expect(screenLine(lines[0] ?? '')).toBe('01:02:03.000 ERROR engine start-failed RUN_PORT_IN_USE port 1 is taken');
  });
});

describe('a log file', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'fillwright-log-'));

  it('is turned over when it is full, keeps so many files, and loses no line of those', () => {
    const path = join(folder(), 'logs/x.log');
    const sink = openLogFile(path, { maxBytes: 1_000, maxFiles: 3 });
    const line = (index: number) => `${String(index).padStart(9, '0')}\n`;

    for (let index = 0; index < 400; index += 1) sink.write(line(index));
    sink.flush();

    const names = readdirSync(join(path, '..')).sort();
    expect(names).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    for (const name of names) expect(statSync(join(path, '..', name)).size).toBeLessThanOrEqual(1_010);
    const kept = ['x.log.2', 'x.log.1', 'x.log'].map((name) => readFileSync(join(path, '..', name), 'utf8')).join('');
    const first = Number(kept.slice(0, 9));
    expect(kept).toBe(Array.from({ length: 400 - first }, (_, offset) => line(first + offset)).join(''));
    expect(first).toBeGreaterThan(0);
  });

  it('goes on where the last run stopped', () => {
    const path = join(folder(), 'x.log');
    for (const text of ['one\n', 'two\n']) {
      const sink = openLogFile(path);
      sink.write(text);
      sink.flush();
    }

    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  it('loses lines, not the process, on a full disk, and says so once', () => {
    const failures: string[] = [];
    const sink = openLogFile('/dev/full', { maxPendingBytes: 10_000, onFailure: (error) => failures.push(error.message) });

    for (let index = 0; index < 1_000; index += 1) {
      sink.write(`${'x'.repeat(99)}\n`);
      sink.flush();
    }

    expect(sink.dropped).toBe(900);
    expect(failures).toEqual([expect.stringContaining('ENOSPC')]);
  });

  it('says which file cannot be written', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');

    expect(() => openLogFile(join(file, 'x.log'))).toThrow(expect.objectContaining({ code: 'RUN_LOG_FAILED' }));
  });
});
