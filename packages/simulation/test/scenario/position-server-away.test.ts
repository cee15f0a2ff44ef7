/** The position-server is dead for half a minute while the account goes on trading: it misses nothing and books nothing twice. */
import { fillKey } from '@fillwright/domain';
import { fillFromView } from '@fillwright/messages';
import { describe, expect, it } from '@jest/globals';
import { evidenceOf } from '../../src/checkers/evidence.ts';
import { crash } from '../../src/scenario/crashes.ts';
import type { Desk } from '../../src/scenario/desk.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const SECOND_US = 1_000_000;
const AWAY_US = 30 * SECOND_US;

interface Booked {
  readonly key: string;
  readonly us: number;
}

async function away(seed: number) {
  const booked: Booked[] = [];
  let desk: Desk | undefined;
  let goneUs = 0;
  const report = await runScenario({
    plan: PLAN,
    seed,
    seconds: 84,
    onNote: (note) => {
      for (const evidence of evidenceOf(note)) {
        if (evidence.type !== 'journaled') continue;
        const fill = evidence.record.k === 'stray-fill' ? evidence.record.fill : evidence.record.change?.fill;
        if (fill) booked.push({ key: fillKey(fillFromView(fill as never)), us: note.us });
      }
    },
    disturb: (running, endUs) => {
      if (desk) return;
      desk = running;
      goneUs = endUs - 35 * SECOND_US;
      crash(running, running.positions, { atUs: goneUs, downUs: AWAY_US });
    },
  });
  if (!desk) throw new Error('nobody was disturbed');
  const database = desk.positions.machine.databases('position-server').incarnation().open('ledger.sqlite');
  const keys = database
    .prepare('SELECT key FROM fills')
    .all()
    .map(({ key }) => String(key));
  const meanwhile = booked.filter(({ us }) => us > goneUs && us < goneUs + AWAY_US).length;
  return { report, booked, keys, meanwhile, lives: desk.positions.incarnation.number };
}

describe('a position-server that was dead for 30 s', () => {
  it.each([41, 42])(
    'has the positions of the exchange afterwards, and each fill once (seed %i)',
    async (seed) => {
      const { report, booked, keys, meanwhile, lives } = await away(seed);

      // The auditor compared the books of exchange, engine and position-server, to the last unit, after it was back and at the end.
      expect(report.violations).toEqual([]);
      expect(lives).toBe(2);
      expect(meanwhile).toBeGreaterThan(3);
      expect(keys.toSorted()).toEqual(booked.map(({ key }) => key).sort());
      expect(new Set(keys).size).toBe(keys.length);
    },
    60_000,
  );
});
