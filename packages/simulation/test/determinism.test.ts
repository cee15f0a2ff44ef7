import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { spawnToy } from './toy.ts';
import { runToy, type TimedRun, type ToyRun } from './toy-run.ts';

const EVENTS = 50_000;

const comparable = ({ perSecond: _, ...run }: TimedRun): ToyRun => run;

it('gives the same trace for the same seed and another for another', async () => {
  const first = await runToy(1, EVENTS);
  const second = await runToy(1, EVENTS);
  const other = await runToy(2, EVENTS);

  expect(first.ticks).toBeGreaterThan(1_000);
  expect(first.orders).toBeGreaterThan(1_000);
  expect(comparable(second)).toEqual(comparable(first));
  expect(other.digest).not.toBe(first.digest);
});

it('gives the same trace in another process', async () => {
  const script = fileURLToPath(new URL('./toy-run.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '1', String(EVENTS)], { env: {} });
  const child = JSON.parse(stdout) as TimedRun;
  console.info(`kernel, 4 services on all transports: ${child.perSecond} events/s in plain Node`);

  expect(comparable(child)).toEqual(comparable(await runToy(1, EVENTS)));
});

it('gives the same trace while the real process is busy with real time and files', async () => {
  const quiet = await runToy(3, EVENTS);

  let ticks = 0;
  let reads = 0;
  let reading = true;
  const timer = setInterval(() => ticks++, 1);
  const reader = (async () => {
    while (reading) {
      await readFile(new URL(import.meta.url));
      reads++;
    }
  })();
  const busy = await runToy(3, EVENTS);
  reading = false;
  clearInterval(timer);
  await reader;

  expect(reads).toBeGreaterThan(0);
  expect(ticks).toBeGreaterThan(0);
  expect(comparable(busy)).toEqual(comparable(quiet));
});

it('gives the same trace in one run and in many short ones', async () => {
  const whole = spawnToy({ seed: 4 });
  await whole.world.run({ untilUs: 2_000_000 });
  const pieces = spawnToy({ seed: 4 });
  for (let untilUs = 7_919; untilUs < 2_000_000; untilUs += 7_919) await pieces.world.run({ untilUs });
  await pieces.world.run({ untilUs: 2_000_000 });

  expect(pieces.world.kernel.trace.digest()).toBe(whole.world.kernel.trace.digest());
});

it('is refused to code that waits for something real', async () => {
  const { world } = spawnToy({ seed: 5 });
  world.spawn('desk/cheat', ({ clock }) => ({
    start: async () => {
      await readFile(new URL(import.meta.url));
      clock.wallUs();
    },
  }));

  await expect(world.run({ untilUs: 60_000_000 })).rejects.toMatchObject({
    code: 'SIM_OUTSIDE',
    message: expect.stringContaining('cheat#1 called clock.wallUs'),
  });
});
