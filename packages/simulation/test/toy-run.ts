/** Runs the toy world for a seed and prints its result as JSON: `node toy-run.ts <seed> <events>`. The determinism test starts it as a child. */
import { spawnToy } from './toy.ts';

export interface ToyRun {
  readonly digest: string;
  readonly nowUs: number;
  readonly ticks: number;
  readonly orders: number;
}

export interface TimedRun extends ToyRun {
  readonly perSecond: number;
}

export async function runToy(seed: number, events: number): Promise<TimedRun> {
  const { world, trader, exchange } = spawnToy({ seed });
  const startMs = performance.now();
  await world.run({ until: () => world.kernel.executed >= events });
  const seconds = (performance.now() - startMs) / 1000;
  return {
    digest: world.kernel.trace.digest(),
    nowUs: world.kernel.nowUs,
    ticks: trader.service?.ticks ?? 0,
    orders: exchange.service?.orders ?? 0,
    perSecond: Math.round(events / seconds),
  };
}

if (import.meta.main) {
  const [seed, events] = process.argv.slice(2).map(Number);
  // The first runs pay for compilation.
  for (let warmUp = 0; warmUp < 4; warmUp++) await runToy(2, 50_000);
  process.stdout.write(`${JSON.stringify(await runToy(seed ?? 1, events ?? 50_000))}\n`);
}
