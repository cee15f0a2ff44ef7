import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packValue } from '@fillwright/messages';
import { describe, expect, it } from '@jest/globals';
import { AccountBook } from '../../src/account/account-book.ts';
import { type JournalRecord, publicationsOf } from '../../src/account/record.ts';
import { decodeRecord, encodeOrderRecord, encodeRecord, RECORD_VERSION } from '../../src/account/record-codec.ts';

/** Made by the code of 2026-11-20, before records carried a version: one payload in hexadecimal per line. */
const VERSION_1 = join(import.meta.dirname, 'fixtures', 'records-v1.hex');

function records(): readonly JournalRecord[] {
  const lines = readFileSync(VERSION_1, 'utf8').trim().split('\n');
  return lines.map((line) => decodeRecord(Buffer.from(line, 'hex')));
}

describe('records of the journal', () => {
  it('of version 1 are read as what they were', () => {
    const all = records();

    expect(all.map(({ k }) => k)).toEqual([
      'boot',
      'owner',
      'order',
      'order',
      'order',
      'order',
      'stray-fill',
      'balance',
      'mode',
      'recovery',
    ]);
    const book = new AccountBook();
    for (const [at, record] of all.entries()) book.apply(record, at + 1);
    expect(book.order('q1tkr3x01')).toMatchObject({ state: 'open', phase: 'partially-filled', venueOrderId: '4611686018427387904' });
    expect(book.positions.all().map(({ instrument, qty }) => [instrument, qty.toString()])).toEqual([['BTCUSDT-PERP.BINANCE', '0.25']]);
    expect([book.ownerOf('q1'), book.mode, book.balance('USDT')?.wallet, book.ledgerStartTs]).toEqual([
      'trader',
      'reduce-only',
      '10000.5',
      1_767_225_600_000_001,
    ]);
  });

  it('carry their version and come back as they were', () => {
    for (const record of records()) {
      const payload = encodeRecord(record);
      expect(decodeRecord(payload)).toEqual({ v: RECORD_VERSION, ...record });
    }
  });

  it('of orders are encoded once, and their publications are made of the same bytes', () => {
    let seen = 0;
    for (const record of records()) {
      if (record.k !== 'order') continue;
      const { payload, data } = encodeOrderRecord(record);

      expect(Buffer.compare(payload, encodeRecord(record))).toBe(0);
      for (const publication of publicationsOf(record)) {
        expect(Buffer.compare(packValue({ data: data[publication.type] }), packValue({ data: publication.data }))).toBe(0);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(8);
  });

  it('of a newer version are refused, not guessed at', () => {
    const payload = packValue({ v: RECORD_VERSION + 1, k: 'boot', ts: 1, epoch: 1 });

    expect(() => decodeRecord(payload)).toThrow(expect.objectContaining({ code: 'ENG_RECORD_VERSION' }));
  });
});
