import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CARDS, type Card, type CardBench, card, playCards, skipped, storyOf, troubleCard } from '@fillwright/venue/cards';
import { describe, expect, it } from '@jest/globals';

/** Ids of the acceptance specifications for an adapter; options are E90 to E101. */
const SPECIFIED = [
  ...['E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'E10', 'E11', 'E12', 'E13', 'E14', 'E15', 'E16', 'E17', 'E18', 'E19'],
  ...['E20', 'E21', 'E22', 'E23', 'E24', 'E25', 'E26', 'E27', 'E30', 'E31', 'E32', 'E33', 'E34', 'E35', 'E36'],
  ...['E40', 'E41', 'E42', 'E43', 'E44', 'E50', 'E51', 'E52', 'E53', 'E60', 'E61', 'E62', 'E63'],
  ...['E70', 'E71', 'E72', 'E73', 'E74', 'E75', 'E76', 'E77', 'E78', 'E80', 'E81', 'E82', 'E83', 'E84', 'E85', 'E86', 'E87'],
  ...['E90', 'E91', 'E92', 'E93', 'E94', 'E95', 'E96', 'E97', 'E98', 'E99', 'E100', 'E101'],
  ...['D01', 'D02', 'D03', 'D10', 'D11', 'D12', 'D13', 'D14', 'D15', 'D20', 'D21', 'D30', 'D31', 'D40', 'D41'],
  ...['D50', 'D51', 'D52', 'D53', 'D60', 'D61', 'D62', 'D63', 'D70', 'D71', 'D72'],
];

/** A bench on which nothing is ever left behind, unless a card says so. */
function bench(changes: Partial<CardBench> = {}): CardBench {
  let nowUs = 0;
  const stub = { venue: 'nowhere', transport: 'none', trouble: undefined, tidy: async () => [], nowUs: () => (nowUs += 1_000) };
  return { ...stub, ...changes } as unknown as CardBench;
}

async function outcome(one: Card, changes: Partial<CardBench> = {}): Promise<unknown> {
  const [result] = await playCards([one], bench(changes), { slow: false });
  return result;
}

const nothing = async (): Promise<void> => {};

describe('the catalogue', () => {
  it('has every card of the acceptance specifications, played or with the reason why not', () => {
    const ids = CARDS.map(({ id }) => id);

    expect(SPECIFIED.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id) => !id.startsWith('X') && !SPECIFIED.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(CARDS.flatMap((one) => ('skipped' in one && one.skipped === '' ? [one.id] : []))).toEqual([]);
  });

  it('is the one that docs/cards.md shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/cards.md'), 'utf8');
    const rows = page.split('\n').flatMap((line) => /^\| ([EDX]\d+) \| ([^|]+) \|/.exec(line)?.slice(1, 3).join(' ') ?? []);

    expect(rows).toEqual(CARDS.map(({ id, title }) => `${id} ${title}`));
  });
});

describe('playing', () => {
  it('passes a card that does not fail, and says how long it took', async () => {
    expect(await outcome(card('E01', 'fine', nothing))).toEqual({ id: 'E01', title: 'fine', result: 'passed', elapsedMs: 1 });
  });

  it('fails a card that throws, with what it said', async () => {
    const wrong = card('E01', 'wrong', async () => {
      throw new Error('2 instead of 1');
    });

    expect(await outcome(wrong)).toMatchObject({ result: 'failed', reason: '2 instead of 1' });
  });

  it('fails a card that leaves something behind', async () => {
    let looks = 0;
    const tidy = async () => {
      looks += 1;
      return looks === 1 ? [] : ['an open order'];
    };

    expect(await outcome(card('E01', 'untidy', nothing), { tidy })).toMatchObject({
      result: 'failed',
      reason: 'left behind: an open order',
    });
  });

  it('does not play a card on what cannot be tidied before it', async () => {
    let played = false;
    const one = card('E01', 'late', async () => {
      played = true;
    });

    expect(await outcome(one, { tidy: async () => ['a position'] })).toMatchObject({ result: 'failed', reason: 'before it: a position' });
    expect(played).toBe(false);
  });

  it('says why it leaves a card out', async () => {
    const [inapplicable] = skipped(['E19'], 'day', 'there are no days');

    expect(await outcome(inapplicable as Card)).toMatchObject({ result: 'skipped', reason: 'there are no days' });
    expect(await outcome(troubleCard('X01', 'trouble', nothing))).toMatchObject({
      ...{ result: 'skipped', reason: 'nowhere does no wrong when told to' },
    });
    expect(await outcome({ ...card('E18', 'slow', nothing), slow: 'takes 11 minutes' })).toMatchObject({
      ...{ result: 'skipped', reason: 'takes 11 minutes; --slow plays it' },
    });
  });
});

describe('the story of an order', () => {
  it.each([
    [['initialized', 'sending', 'accepted', 'filled', 'filled'], 'I S A F'],
    [['initialized', 'sending', 'outcome-unknown', 'rejected'], 'I S ? R'],
    [['initialized', 'sending', 'accepted', 'cancel-requested', 'request-sending', 'request-unknown', 'canceled'], 'I S A PC C? C'],
    [['accepted', 'modify-requested', 'request-refused', 'modify-requested', 'modified'], 'A PU UR PU U'],
    [['filled', 'cancel-requested', 'filled'], 'F PC F'],
  ])('%j is %s', (changes, story) => {
    expect(storyOf(changes.map((change) => ({ change }) as never))).toBe(story);
  });
});
