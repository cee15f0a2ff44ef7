/**
 * Makes the tests of one client from the matrix: each check against a sound venue, and then against venues that are wrong in one respect,
 * where it must go red. Ordinary runs break one thing for each area and every other client; with `CONTRACT_BREAKS=all` every break of
 * every cell is tried.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Break } from './breaks/break.ts';
import { AREAS, type Area, type Check } from './checks/check.ts';
import { atDesk, type DeskSetting } from './clients/client-desk.ts';
import type { Candidate } from './clients/client-under-test.ts';
import { endTimersAfterwards } from './clients/leftover-timers.ts';
import { CANDIDATES, type Cell, cellOf, checksOf } from './matrix.ts';

interface Tally {
  cells: number;
  breaks: number;
  blind: number;
}

function talliedText({ cells, breaks, blind }: Tally): string {
  return `${cells} cells were tried with ${breaks} wrongs of the venue; ${blind === 0 ? 'each was noticed' : `${blind} were not noticed`}`;
}

type Tested = Cell & { readonly type: 'tested' };

const EVERY_BREAK = process.env.CONTRACT_BREAKS === 'all';
/** Waiting in vain is how many breaks show: long enough for what does come, and the sound venue is held to it too. */
const PATIENCE_MS = 2_500;
const CELL_TIMEOUT_MS = 120_000;

export function describeClient(candidate: Candidate): void {
  describe(candidate.name, () => {
    endTimersAfterwards();
    for (const area of AREAS) {
      describe(area, () => {
        for (const check of checksOf(area)) testCell(candidate, check, cellOf(candidate, check));
      });
    }
    describe('notices a wrong venue', () => {
      const tally: Tally = { cells: 0, breaks: 0, blind: 0 };
      afterAll(() => void process.stderr.write(`${candidate.name}: ${talliedText(tally)}\n`));
      for (const area of AREAS) {
        for (const check of EVERY_BREAK ? checksOf(area) : chosen(candidate, area))
          testBreaks(candidate, check, cellOf(candidate, check), tally);
      }
    });
  });
}

/** Of an ordinary run: every area with two or three of the clients, every client in half of the areas. */
function chosen(candidate: Candidate, area: Area): readonly Check[] {
  const even = (CANDIDATES.indexOf(candidate) + AREAS.indexOf(area)) % 2 === 0;
  return even ? checksOf(area).slice(0, 1) : [];
}

function testCell(candidate: Candidate, check: Check, cell: Cell): void {
  if (cell.type === 'excused') {
    process.stderr.write(`skipped: ${candidate.name}: ${check.name}: ${cell.reason}\n`);
    it.skip(`${check.name} (skipped: ${cell.reason})`, () => {});
    return;
  }
  const { options = {} } = check;
  it(check.name, () => atDesk(candidate, { options }, (desk) => cell.run(desk)), CELL_TIMEOUT_MS);
}

function testBreaks(candidate: Candidate, check: Check, cell: Cell, tally: Tally): void {
  if (cell.type === 'excused') return;
  const tried = EVERY_BREAK ? cell.breaks : cell.breaks.slice(0, 1);
  const names = tried.map(({ name }) => name).join(' / ');
  it(
    `${check.area}: ${check.name}: red when ${names}`,
    async () => {
      const blind = await blindTo(candidate, check, cell, tried);
      tally.cells += 1;
      tally.breaks += tried.length;
      tally.blind += blind.length;
      expect(blind).toEqual([]);
    },
    CELL_TIMEOUT_MS,
  );
}

/** Green against a sound venue with the same patience; returns the breaks against which it is not red. */
async function blindTo(candidate: Candidate, check: Check, cell: Tested, tried: readonly Break[]): Promise<string[]> {
  const { options = {}, patienceMs: deadlineMs = PATIENCE_MS } = check;
  if (EVERY_BREAK) await atDesk(candidate, { options, deadlineMs }, (desk) => cell.run(desk));
  const blind: string[] = [];
  for (const broken of tried) {
    const outcome = await against(candidate, check, cell, broken);
    if (EVERY_BREAK) process.stderr.write(`${candidate.dependency} | ${check.id} | ${broken.name} | ${outcome}\n`);
    if (!outcome.startsWith('red: ')) blind.push(`${broken.name}: ${outcome}`);
  }
  return blind;
}

async function against(candidate: Candidate, check: Check, cell: Tested, broken: Break): Promise<string> {
  let struck = 0;
  const strike = (): void => {
    struck += 1;
  };
  const setting: DeskSetting = {
    options: { ...check.options, ...broken.options },
    deadlineMs: check.patienceMs ?? PATIENCE_MS,
    wire: broken.wire?.(strike) ?? {},
    opened: ({ simulator }) => broken.core?.(simulator.engine, strike),
  };
  const outcome = await atDesk(candidate, setting, async (desk) => {
    try {
      await cell.run(desk);
    } catch (error) {
      return `red: ${firstWords(error)}`;
    }
    return 'GREEN';
  });
  return struck === 0 ? `the venue was never wrong (${outcome})` : outcome;
}

function firstWords(error: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the runner colours its messages
  const plain = String((error as Error)?.message ?? error).replace(/\u001b\[\d*m/g, '');
  return plain.replace(/\s+/g, ' ').slice(0, 160);
}
