/** The venue bans an address, and tells one of its processes: none of them asks anything until the ban ends, restarts or not. */
import { describe, expect, it } from '@jest/globals';
import { VenueDrills } from '../../src/faults/venue-drills.ts';
import type { SimulatedProcess } from '../../src/kernel/world.ts';
import type { Desk } from '../../src/scenario/desk.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const BAN_US = 120_000_000;
/** Until everybody has heard of it. */
const HEARD_WITHIN_US = 1_100_000;

interface VenueLine {
  readonly t: number;
  readonly type: string;
  readonly kind?: string;
  readonly method?: string;
  readonly path?: string;
}

/** The next list of open orders is answered with 418; then everything gives reasons to ask: streams are cut, processes restart. */
function ban(desk: Desk): void {
  const { world } = desk;
  const drills = world.spawn(`${desk.engine.machine.name}/drills`, (ports) => new VenueDrills(ports, PLAN));
  const later = (afterMs: number, work: () => void) => world.kernel.at(world.kernel.nowUs + afterMs * 1000, 'test', undefined, work);
  const act = (path: string, params: Readonly<Record<string, string | number>>) => {
    drills.incarnation.later(0, 'drill', () => void drills.service?.act('POST', path, params));
  };
  const restart = (process: SimulatedProcess<object>) => {
    process.kill();
    process.restart(100_000);
  };
  later(2_000, () => act('faults', { kind: 'ban', method: 'GET', path: '/fapi/v1/openOrders', count: 1 }));
  later(20_000, () => act('sockets', { action: 'cut' }));
  later(30_000, () => restart(desk.market));
  later(40_000, () => restart(desk.engine));
  later(50_000, () => drills.kill());
}

describe('a ban that one process was told of', () => {
  it('is obeyed by all of the address, over restarts, and everything comes back after it', async () => {
    const lines: VenueLine[] = [];
    let isBanned = false;
    const report = await runScenario({
      plan: PLAN,
      seed: 11,
      seconds: 120,
      faults: [],
      disturb: (desk) => {
        if (!isBanned) ban(desk);
        isBanned = true;
      },
      onNote: ({ what, detail }) => {
        if (!what.startsWith('disk.append') || !what.endsWith('venue.ndjson')) return;
        for (const line of Buffer.from(detail).toString().split('\n')) if (line !== '') lines.push(JSON.parse(line) as VenueLine);
      },
    });

    const bannedUs = lines.find(({ kind }) => kind === 'ban')?.t ?? Number.NaN;
    const requests = lines.filter(({ type }) => type === 'request');
    const during = requests.filter(({ t }) => t > bannedUs + HEARD_WITHIN_US && t < bannedUs + BAN_US - 1_000_000);
    expect(during).toEqual([]);
    expect(requests.filter(({ t }) => t < bannedUs).length).toBeGreaterThan(20);
    expect(requests.filter(({ t }) => t > bannedUs + BAN_US).length).toBeGreaterThan(20);
    expect(report.violations).toEqual([]);
  }, 120_000);
});
