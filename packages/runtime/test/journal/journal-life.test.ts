import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journal } from '../../src/journal/journal.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import { open } from './_journals.ts';
import { TestDisk, type Trouble } from './_test-disk.ts';

type Step =
  | { readonly type: 'append'; readonly bytes: number }
  | { readonly type: 'sync' | 'restart' }
  | { readonly type: 'drop'; readonly share: number }
  | { readonly type: 'fail'; readonly trouble: Trouble }
  | { readonly type: 'power cut'; readonly keeps: readonly number[] };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const trouble: fc.Arbitrary<Trouble> = fc.record({
  call: fc.constantFrom('append', 'truncate', 'open', 'remove', 'sync'),
  code: fc.constantFrom('full', 'failed'),
  after: fc.integer({ min: 0, max: 100 }),
  times: fc.integer({ min: 1, max: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('append' as const), bytes: fc.integer({ min: 0, max: 120 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('sync' as const, 'restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), share }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fail' as const), trouble }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('power cut' as const), keeps: fc.array(share, { minLength: 1, maxLength: 4 }) }),
  },
);

/** A journal beside what it should hold. */
class Life {
  #disk = new TestDisk();
  #journal: Journal = open(this.#disk, 300).journal;
  /** Index + 1 = position. */
  #expected: string[] = [];
  /** Appends that failed since the last good one: a restart may find one that could not be taken back. */
  #refused: string[] = [];
  #count = 0;
  cuts = 0;

  take(step: Step): void {
    if (step.type === 'append') this.#append(step.bytes);
    if (step.type === 'sync') this.#try(() => this.#journal.sync());
    if (step.type === 'drop') this.#try(() => this.#journal.dropBefore(Math.ceil(this.#expected.length * step.share)));
    if (step.type === 'fail') this.#disk.fail(step.trouble);
    if (step.type === 'restart') this.#reopen(this.#disk.copy(), this.#expected.length);
    if (step.type === 'power cut') {
      let index = 0;
      const cut = this.#disk.powerCut(() => step.keeps[index++ % step.keeps.length] ?? 0);
      this.#reopen(cut, this.#journal.durablePos);
    }
  }

  check(): void {
    this.#disk.calmly(() => this.#check());
  }

  #check(): void {
    const { firstPos, lastPos } = this.#journal;
    expect(lastPos).toBe(this.#expected.length);
    const held = Array.from(this.#journal.read(firstPos), ({ pos, payload }) => `${pos} ${Buffer.from(payload).toString('latin1')}`);
    expect(held).toEqual(this.#expected.slice(firstPos - 1).map((payload, index) => `${firstPos + index} ${payload}`));
  }

  verify(): void {
    this.#disk.heal();
    const { firstPos, lastPos } = this.#journal;
    expect(this.#journal.verify()).toEqual({ records: lastPos - firstPos + 1, firstPos, lastPos });
  }

  #append(bytes: number): void {
    this.#count += 1;
    const payload = `${this.#count}`.padEnd(bytes, '.');
    const done = this.#try(() => {
      expect(this.#journal.append(Buffer.from(payload, 'latin1'))).toBe(this.#expected.length + 1);
    });
    if (done) this.#expected.push(payload);
    this.#refused = done ? [] : [...this.#refused, payload];
  }

  /** At least the first `safe` records must be there, and nothing that was not appended. */
  #reopen(disk: TestDisk, safe: number): void {
    const { journal, cuts } = open(disk, 300);
    const [more] = journal.lastPos > this.#expected.length ? journal.read(this.#expected.length + 1) : [];
    const text = Buffer.from(more?.payload ?? []).toString('latin1');
    if (this.#refused.includes(text)) this.#expected.push(text);
    expect(journal.lastPos).toBeGreaterThanOrEqual(safe);
    expect(journal.lastPos).toBeLessThanOrEqual(this.#expected.length);
    this.#expected.length = journal.lastPos;
    this.#refused = [];
    this.#disk = disk;
    this.#journal = journal;
    this.cuts += cuts.length;
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return false;
    }
  }
}

describe('journal over a whole life', () => {
  it('holds exactly what it accepted through failures, restarts and power cuts', () => {
    let cuts = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const life = new Life();
        for (const one of steps) {
          life.take(one);
          if (one.type !== 'append') life.check();
        }
        life.verify();
        cuts += life.cuts;
      }),
      { numRuns: 1500 },
    );
    // Else the runs were too tame to prove anything.
    expect(cuts).toBeGreaterThan(100);
  });
});
