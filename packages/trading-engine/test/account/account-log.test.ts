import { usTime } from '@fillwright/domain';
import type { Clock, Log } from '@fillwright/runtime';
import { expect, it } from '@jest/globals';
import { AccountBook } from '../../src/account/account-book.ts';
import { AccountLog } from '../../src/account/account-log.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;

it('never dates a record before an earlier one, also when the wall clock is set back', () => {
  let wall = 5_000_000;
  const clock = { wallUs: () => usTime(wall), monotonicUs: () => wall, after: () => ({ cancel() {} }) } as Clock;
  const log = new AccountLog({ journal: { append: () => 1 }, book: new AccountBook(), clock, log: silent, publish: () => undefined });
  const stamps = [5_000_000, 2_000_000, 4_999_999, 5_000_001].map((us) => {
    wall = us;
    return log.now();
  });

  expect(stamps).toEqual([5_000_000, 5_000_000, 5_000_000, 5_000_001]);
});

it('folds what the journal took, also when the news about it cannot be told', () => {
  const clock = { wallUs: () => usTime(7), monotonicUs: () => 7, after: () => ({ cancel() {} }) } as Clock;
  const book = new AccountBook();
  const told: number[] = [];
  const publish = () => {
    throw new Error('no way out');
  };
  const log = new AccountLog({
    journal: { append: () => 1 },
    book,
    clock,
    log: silent,
    publish,
    applied: (_record, pos) => void told.push(pos),
  });
  const balance = { asset: 'USDT', wallet: '5', cause: 'snapshot', venueTs: usTime(1) } as const;

  expect(() => log.write({ k: 'balance', ts: usTime(7), balance })).toThrow('no way out');

  expect(book.balance('USDT')).toEqual(balance);
  log.write({ k: 'boot', ts: usTime(7), epoch: 1 });
  expect(told).toEqual([1]);
});
