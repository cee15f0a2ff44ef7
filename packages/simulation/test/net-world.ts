/** Simulated worlds as the behaviour suites of the network ports want them: the suites' waits run the kernel. */
import type { Ports } from '@fillwright/runtime/ports';
import type { BusWorld } from '../../runtime/test/suites/bus.ts';
import type { NetWorld } from '../../runtime/test/suites/world.ts';
import { Incarnation, type RunOptions, World } from '../src/mod.ts';
import { simulatedBus } from '../src/ports/bus.ts';

const HOST = '127.0.0.1';
const QUIET_US = 100_000;

export interface SimulatedNetWorld extends NetWorld {
  readonly world: World;
}

/** The ports of a process that does nothing by itself. */
export async function bornPorts(world: World, where: string): Promise<Ports> {
  let ports: Ports | undefined;
  world.spawn(where, (given) => {
    ports = given;
    return {};
  });
  await world.run({ until: () => ports !== undefined });
  if (ports === undefined) throw new Error('never born');
  return ports;
}

/** Runs the world, one run at a time: a suite may wait for several things at once. */
export class Runner {
  readonly #world: World;
  #last: Promise<unknown> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
  }

  run(options: RunOptions): Promise<unknown> {
    const next = this.#last.then(() => this.#world.run(options));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Until a promise has settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    await this.run({ until: () => settled, maxEvents: 1_000_000 });
    return promise;
  }
}

export async function makeSimulatedNetWorld(): Promise<SimulatedNetWorld> {
  const world = new World({ seed: 'suites', outsideCalls: 'allow' });
  const runner = new Runner(world);
  const client = await bornPorts(world, 'box/client');
  const server = await bornPorts(world, 'box/server');
  const { incarnation } = world.processes[1] ?? {};
  if (incarnation === undefined) throw new Error('no server');
  return {
    world,
    http: client.http,
    webSocket: client.webSocket,
    httpServer: server.httpServer,
    host: HOST,
    settle: (promise) => runner.settle(promise),
    until: async (condition, what) => void (await world.runUntil(condition, what)),
    advance: async (ms) => void (await world.run({ untilUs: world.kernel.nowUs + ms * 1000 })),
    quiesce: async () => void (await world.run({ untilUs: world.kernel.nowUs + QUIET_US })),
    url: (listener, path, scheme = 'http') => `${scheme}://${HOST}:${listener.port}${path}`,
    refusedUrl: async (scheme) => `${scheme}://${HOST}:1/`,
    silentUrl: async (scheme) => {
      const listener = world.network.listen(incarnation, HOST, 0, { onConnection: () => undefined });
      if (typeof listener === 'string') throw new Error(listener);
      return `${scheme}://${HOST}:${listener.port}/`;
    },
    close: async () => {
      for (const process of world.processes) process.kill();
    },
  };
}

/** A world that goes on by itself, 10 virtual ms in each turn of the real event loop, for suites that just await. */
export function makeSimulatedBusWorld(): BusWorld {
  const world = new World({ seed: 'bus suite', outsideCalls: 'allow' });
  const deadlineUs = 10_000_000;
  let stopped = false;
  let ports = 40_000;
  let buses = 0;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pump = (async () => {
    while (!stopped) {
      await world.run({ untilUs: world.kernel.nowUs + 10_000 });
      await turn();
    }
  })();
  return {
    makeBus: () => {
      const name = `user${++buses}`;
      const incarnation = new Incarnation(world.kernel, world.machine('box'), name, 1, () => undefined);
      return simulatedBus(incarnation, world.network);
    },
    endpoint: () => `tcp://127.0.0.1:${++ports}`,
    until: async (condition, what) => {
      const endUs = world.kernel.nowUs + deadlineUs;
      while (!condition()) {
        if (world.kernel.nowUs > endUs) throw new Error(`did not happen within ${deadlineUs} µs: ${what}`);
        await turn();
      }
    },
    close: async () => {
      stopped = true;
      await pump;
    },
  };
}
