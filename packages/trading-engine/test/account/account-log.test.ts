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
