/** What the engine watches beside its orders: the dead man's switch at the venue, its traders, the clock, and whether the stream tells all. */
import type { Reason } from '@fillwright/domain';
import type { Message } from '@fillwright/messages';
import type { Metrics } from '@fillwright/runtime';
import type { EngineContext } from '../context.ts';
import type { CommandDesk } from '../order/command-desk.ts';
import type { FlattenDesk } from '../order/flatten-desk.ts';
import { StreamSilence } from '../recovery/stream-silence.ts';
import { ClockWatch } from './clock-watch.ts';
import { DeadMansSwitch } from './dead-mans-switch.ts';
import { type SilentTrader, TraderWatch } from './trader-watch.ts';
import { NO_WATCHES } from './watch-options.ts';

export interface WatchParts {
  readonly desk: Pick<CommandDesk, 'cancelOwned'>;
  readonly flatten: FlattenDesk;
  readonly recovery: { trigger(reason: string): void };
  readonly metrics: Metrics;
}

export class Watches {
  readonly #context: EngineContext;
  readonly #clock: ClockWatch;
  readonly #deadMan: DeadMansSwitch;
  readonly #traders: TraderWatch;
  readonly #silence: StreamSilence;

  constructor(context: EngineContext, { desk, flatten, recovery, metrics }: WatchParts) {
    const options = context.options.watches ?? NO_WATCHES;
    this.#context = context;
    this.#clock = new ClockWatch(context, options.maxClockOffsetMs, metrics);
    this.#deadMan = new DeadMansSwitch(context, options, metrics);
    this.#traders = new TraderWatch(context, { cancelOwned: desk.cancelOwned.bind(desk), flatten }, options, metrics);
    this.#silence = new StreamSilence({ clock: context.clock, log: context.log, metrics }, (reason) => recovery.trigger(reason));
  }

  /** For operators. */
  get facts(): Readonly<Record<string, unknown>> {
    const { venueClock } = this.#context.adapter;
    return {
      deadMan: this.#deadMan.facts,
      silentTraders: this.silentTraders.map(({ src, tag, policy }) => `${src} (${tag}): ${policy}`),
      ...(venueClock && { venueClock }),
    };
  }

  get silentTraders(): readonly SilentTrader[] {
    return this.#traders.silent;
  }

  /** Why nothing that adds risk may pass. */
  doubt(): Reason | undefined {
    return this.#clock.doubt();
  }

  heard(message: Message): void {
    this.#traders.heard(message);
  }

  /** News of an order that came by a question, long after it happened. */
  streamMissed(clientOrderId: string, lateMs: number): void {
    this.#silence.missed(clientOrderId, lateMs);
  }

  /** Once a second, as an input. A stopping engine cancels what is its own anyway. */
  look(isRunning: boolean): void {
    this.#clock.look();
    this.#deadMan.look();
    if (isRunning) this.#traders.look();
  }

  /** At an orderly stop, after its orders were cancelled. */
  release(): Promise<void> {
    return this.#deadMan.release();
  }
}
