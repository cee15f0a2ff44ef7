import { composeClientOrderId, parseOwnerTag, usTime } from '@fillwright/domain';
import { expect, it } from '@jest/globals';
import { overlaps, wasComposedWith } from '../../src/account/owner-tags.ts';

const NOW_S = 1_795_000_000;
const NOW = usTime(NOW_S * 1_000_000);

it.each([
  ['q1', NOW_S, 1],
  ['q1', NOW_S + 3_600, 46_655],
  ['abcd', NOW_S - 86_400 * 365, 7],
])('knows an id that was composed with tag %s in epoch %i', (tag, epoch, counter) => {
  expect(wasComposedWith(composeClientOrderId(parseOwnerTag(tag), epoch, counter), tag, NOW)).toBe(true);
});

it('never takes an id of one tag for one of a shorter tag that it begins with', () => {
  const id = composeClientOrderId(parseOwnerTag('q1t'), NOW_S, 1);

  expect(wasComposedWith(id, 'q1t', NOW)).toBe(true);
  expect(wasComposedWith(id, 'q1', NOW)).toBe(false);
});

it.each(['q1', 'q1web', 'q1tkr3x0', 'q1TKR3X01', 'q1tkr3x0_1', 'q1zzzzzz1', 'x1tkr3x01'])('does not take %s for an id of tag q1', (id) => {
  expect(wasComposedWith(id, 'q1', NOW)).toBe(false);
});

it('says which tags cannot live together', () => {
  expect(overlaps('q1', 'q1t')).toBe(true);
  expect(overlaps('q1t', 'q1')).toBe(true);
  expect(overlaps('q1', 'q2')).toBe(false);
});
