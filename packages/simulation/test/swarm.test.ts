/** The toy world under faults drawn from the seed: nothing throws, every run repeats, and once faults heal work goes on. */
import { expect, it } from '@jest/globals';
import { spawnToy } from './toy.ts';

const SEEDS = 15;
const FAULTY_US = 20_000_000;
const HEALED_US = 30_000_000;

interface SwarmRun {
  readonly digest: string;
  readonly faults: number;
  readonly newTicks: number;
  readonly newAnswers: number;
}

async function swarm(seed: number): Promise<SwarmRun> {
  const { world, trader, exchange, feed, clerk } = spawnToy({ seed });
  const { kernel, network } = world;
  const random = kernel.random('swarm');
  const processes = [trader, exchange, feed, clerk];
  const names = processes.map(({ name }) => name);
  let faults = 0;

  const strike = (): void => {
    if (kernel.nowUs > FAULTY_US) return;
    faults++;
    const victim = random.pick(processes);
    const [left, right] = [random.pick(names), random.pick(names)];
    switch (random.below(6)) {
      case 0:
        victim.kill({ connections: random.chance(0.5) ? 'cut' : 'silent', inFlight: random.chance(0.5) ? 'deliver' : 'lose' });
        break;
      case 1:
        network.partition([left], [right]);
        break;
      case 2:
        network.heal();
        break;
      case 3:
        for (const end of network.connections(left, right)) if (random.chance(0.5)) end.sever();
        break;
      case 4:
        victim.incarnation.pause(random.below(3_000_000));
        break;
      default:
        network.link(left, right).behaviour = random.chance(0.5)
          ? undefined
          : { plan: (unit, drawn) => (unit.protocol === 'bus' && drawn.chance(0.1) ? [] : [{ delayUs: drawn.below(50_000) }]) };
    }
    for (const process of processes) if (!process.alive) process.restart(random.below(500_000));
    kernel.at(kernel.nowUs + random.below(300_000), 'strike', undefined, strike);
  };
  kernel.at(100_000, 'strike', undefined, strike);
  // A process may still hold the port or lock of its former life; whoever cannot start tries again, as under a supervisor.
  world.onStartFailed = (process) => process.restart(100_000);

  await world.run({ untilUs: FAULTY_US + 1 });
  network.heal();
  for (const link of network.links()) link.behaviour = undefined;
  // What is severed stays so: only the restart of a process replaces a WebSocket that believes in itself.
  feed.kill();
  feed.restart();
  await world.run({ untilUs: HEALED_US });
  const [ticks, answers] = [trader.service?.ticks ?? 0, trader.service?.answers ?? 0];
  await world.run({ untilUs: HEALED_US + 2_000_000 });
  const newTicks = (trader.service?.ticks ?? 0) - ticks;
  return { digest: kernel.trace.digest(), faults, newTicks, newAnswers: (trader.service?.answers ?? 0) - answers };
}

it('survives faults of every kind, repeats each run, and goes on once they heal', async () => {
  const digests = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await swarm(seed);
    digests.add(run.digest);

    expect({ seed, faults: run.faults > 50, ticks: run.newTicks > 500, answers: run.newAnswers > 300 }).toEqual({
      seed,
      faults: true,
      ticks: true,
      answers: true,
    });
    if (seed % 5 === 0) expect(await swarm(seed)).toEqual(run);
  }
  expect(digests.size).toBe(SEEDS);
}, 120_000);
