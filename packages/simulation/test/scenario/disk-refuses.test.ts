/** A disk that is full, or can only be read: nothing new reaches the venue, cancels pass, the reason is told, and it ends by itself. */
import type { Health } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { evidenceOf } from '../../src/checkers/evidence.ts';
import { fill, refuseWrites } from '../../src/faults/disk-trouble.ts';
import type { Desk } from '../../src/scenario/desk.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const BEGINS_US = 2_000_000;
const LASTS_US = 6_000_000;
const SETTLES_US = 300_000;
const OWN = /^q[12]/;

const TROUBLES: Readonly<Record<string, (desk: Desk) => () => void>> = {
  full: ({ engine }) => fill(engine.machine.disk(engine.dataDirectory), 0),
  'almost full': ({ engine }) => fill(engine.machine.disk(engine.dataDirectory), 1_000),
  'read-only': ({ engine }) => refuseWrites(engine.machine.disk(engine.dataDirectory), 'read-only'),
};

interface Story {
  readonly placedMeanwhile: string[];
  readonly placedAfterwards: string[];
  cancelsMeanwhile: number;
  health: Health | undefined;
}

describe.each(Object.entries(TROUBLES))('a disk that is %s', (_name, begin) => {
  it('lets cancels pass and nothing else, says why, and trading goes on when it is over', async () => {
    const story: Story = { placedMeanwhile: [], placedAfterwards: [], cancelsMeanwhile: 0, health: undefined };
    let beganUs = Number.POSITIVE_INFINITY;
    let endedUs = Number.POSITIVE_INFINITY;
    const report = await runScenario({
      plan: PLAN,
      seed: 5,
      seconds: 30,
      onNote: (note) => {
        const isMeanwhile = note.us > beganUs + SETTLES_US && note.us < endedUs;
        for (const evidence of evidenceOf(note)) {
          if (evidence.type === 'requested' && evidence.method === 'DELETE' && isMeanwhile) story.cancelsMeanwhile += 1;
          if (evidence.type !== 'venue' || evidence.line.type !== 'order' || evidence.line.event !== 'NEW') continue;
          const id = String(evidence.line.clientId);
          if (OWN.test(id) && isMeanwhile) story.placedMeanwhile.push(id);
          if (OWN.test(id) && note.us > endedUs) story.placedAfterwards.push(id);
        }
      },
      disturb: (desk, endUs) => {
        if (beganUs < Number.POSITIVE_INFINITY) return;
        const { kernel } = desk.world;
        kernel.at(kernel.nowUs + BEGINS_US, 'trouble begins', undefined, () => {
          beganUs = kernel.nowUs;
          const end = begin(desk);
          kernel.at(beganUs + LASTS_US / 2, 'a look', undefined, () => {
            story.health = desk.engine.service?.health();
          });
          kernel.at(beganUs + LASTS_US, 'trouble ends', undefined, () => {
            endedUs = kernel.nowUs;
            end();
          });
        });
        supervise(desk, endUs);
      },
    });

    expect(story.health).toMatchObject({ ready: false, state: 'halted' });
    expect(story.health?.reasons.join()).toMatch(/journal: cannot append to .*: disk (full|read-only)/);
    expect(story.placedMeanwhile).toEqual([]);
    expect(story.cancelsMeanwhile).toBeGreaterThan(0);
    expect(story.placedAfterwards.length).toBeGreaterThan(5);
    // It ends when the disk takes records again, so that a new life reads what is true from the venue: that is how it is over.
    const [gaveUp, ...others] = report.violations;
    expect(gaveUp).toMatchObject({ check: 'process', text: expect.stringContaining('JRN_WRITE_FAILED') });
    expect(gaveUp?.us).toBeGreaterThanOrEqual(endedUs);
    expect(others).toEqual([]);
  }, 60_000);
});

/** As systemd would: an engine that ended is started again. */
function supervise({ world, engine }: Pick<Desk, 'world' | 'engine'>, untilUs: number): void {
  world.kernel.at(world.kernel.nowUs + 500_000, 'supervisor', undefined, () => {
    if (!engine.alive) engine.restart();
    if (world.kernel.nowUs < untilUs) supervise({ world, engine }, untilUs);
  });
}
