/**
 * Listens to every process of the desk and keeps a `DeskWatch` current: live messages from the bus, a snapshot when something was lost,
 * after a restart, and every few seconds anyway. Reads only; a process that is away is simply not heard.
 */
import { accountTopic, HEARTBEAT_STREAM, type Message } from '@fillwright/messages';
import { type Bus, type Clock, type Log, MessageTap, type Metrics, type Timer } from '@fillwright/runtime';
import type { DeskWatch } from './desk-watch.ts';
import type { ServiceDesk, ServicePlace } from './service-desk.ts';

const REFRESH_MS = 5_000;
const RETRY_MS = 250;

export interface WatchedProcess {
  /** PROCESS_NAME. */
  readonly source: string;
  /** PUB endpoints, as a subscriber connects to them. */
  readonly publishers: readonly string[];
  readonly service: string;
  /** What to follow besides heartbeats: all topics that begin so. */
  readonly prefixes: readonly string[];
  /** Topics whose snapshots are asked for. */
  readonly snapshots: readonly string[];
}

interface Follower {
  readonly process: WatchedProcess;
  epoch: number;
  timer: Timer | undefined;
}

export interface FeedPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Topics that the desk is made of. */
export function deskTopics({ exchange, account }: ServicePlace) {
  const topic = (stream: Parameters<typeof accountTopic>[0]) => accountTopic(stream, exchange, account);
  return {
    /** Prefixes: market topics are per symbol. */
    market: ['ticker', 'depth', 'trade', 'mark'].map((stream) => `${stream}.${exchange}.${account}.`),
    instrument: topic('instrument'),
    order: topic('order'),
    engine: topic('engine'),
    account: topic('account'),
    position: topic('position'),
  };
}

export class DeskFeeds {
  readonly #clock: Clock;
  readonly #desk: DeskWatch;
  readonly #services: ServiceDesk;
  readonly #followers: readonly Follower[];
  readonly #taps: readonly MessageTap[];
  #closed = false;

  constructor(ports: FeedPorts, services: ServiceDesk, desk: DeskWatch, processes: readonly WatchedProcess[]) {
    this.#clock = ports.clock;
    this.#desk = desk;
    this.#services = services;
    this.#followers = processes.map((process) => ({ process, epoch: 0, timer: undefined }));
    this.#taps = this.#followers.map((follower) => {
      const { source, publishers, prefixes } = follower.process;
      const options = { name: `desk-${source}`, endpoints: publishers, prefixes: [`${HEARTBEAT_STREAM}.`, ...prefixes] };
      return new MessageTap(ports, { ...options, onMessage: (message) => this.#message(follower, message) });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#followers) timer?.cancel();
    await Promise.all(this.#taps.map((tap) => tap.close()));
  }

  #message(follower: Follower, message: Message): void {
    const { lost } = this.#desk.apply(message);
    const restarted = message.epoch > follower.epoch;
    if (restarted) follower.epoch = message.epoch;
    if (lost || restarted) this.#refresh(follower, 0);
  }

  #refresh(follower: Follower, delayMs: number): void {
    if (follower.process.snapshots.length === 0) return;
    follower.timer?.cancel();
    follower.timer = this.#clock.after(delayMs, () => {
      void this.#ask(follower).then((whole) => {
        if (!this.#closed) this.#refresh(follower, whole ? REFRESH_MS : RETRY_MS);
      });
    });
  }

  /** False when one of them was older than what was heard since. */
  async #ask({ process }: Follower): Promise<boolean> {
    let whole = true;
    for (const topic of process.snapshots) {
      try {
        const { src, data } = await this.#services.ask(process.service, 'service.snapshot-request', { topic });
        whole = this.#desk.takeSnapshot(src, data) && whole;
      } catch {
        // Away, or without a snapshot of this topic: the next round asks again.
      }
    }
    return whole;
  }
}
