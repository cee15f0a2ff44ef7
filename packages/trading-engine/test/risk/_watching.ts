/** Watches over a world without sockets: gauges that are kept, a venue with a dead man's switch, and a clock of its own. */
import type { Message } from '@fillwright/messages';
import type { Metrics } from '@fillwright/runtime';
import { confirmed, type Outcome, unknown, type VenueClock } from '@fillwright/venue';
import type { EngineContext } from '../../src/context.ts';
import { FlattenDesk } from '../../src/order/flatten-desk.ts';
import type { WatchOptions } from '../../src/risk/watch-options.ts';
import { NO_WATCHES } from '../../src/risk/watch-options.ts';
import { Watches } from '../../src/risk/watches.ts';
import { settle, World } from '../_world.ts';

export class Watching {
  readonly world = new World();
  readonly gauges = new Map<string, number>();
  /** What the venue was told, `instrument ms`. */
  readonly countdowns: string[] = [];
  venueClock: VenueClock | undefined;
  clockSamples = 0;
  /** Questions about the switch are answered in another way; 'never' = not at all. */
  verdict: Outcome<undefined> | Promise<Outcome<undefined>> | 'never' = confirmed(undefined);
  readonly watches: Watches;

  constructor(options: Partial<WatchOptions>) {
    const { world } = this;
    const metrics = {
      gauge: (name: string) => ({ set: (value: number) => this.gauges.set(name, value) }),
      counter: () => ({ add: () => undefined }),
    } as unknown as Metrics;
    const context = {
      ...world.context,
      options: { ...world.context.options, watches: { ...NO_WATCHES, ...options } },
      adapter: this.#adapter(),
    } satisfies EngineContext;
    const flatten = new FlattenDesk(context, { dispatcher: world.dispatcher, gate: () => world.gate, cancelOwn: () => undefined });
    this.watches = new Watches(context, { desk: world.desk, flatten, recovery: world.recovery, metrics });
  }

  /** As the engine's own timer does. */
  async seconds(count: number, each: () => void = () => undefined): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      await this.world.clock.advance(1_000);
      each();
      this.world.context.inputs.run(() => this.watches.look(true));
      await settle();
    }
  }

  heartbeat(src: string): void {
    this.watches.heard({ src, type: 'heartbeat' } as Message);
  }

  #adapter(): EngineContext['adapter'] {
    const test = this;
    return {
      ...this.world.context.adapter,
      get venueClock() {
        return test.venueClock;
      },
      sampleClock: () => {
        this.clockSamples += 1;
        return Promise.resolve(true);
      },
      cancelAllAfter: (instrument, countdownMs) => {
        this.countdowns.push(`${instrument} ${countdownMs}`);
        return this.verdict === 'never' ? new Promise(() => undefined) : Promise.resolve(this.verdict);
      },
    };
  }
}

export const NO_ANSWER = unknown('NO_ANSWER', 'timeout');
