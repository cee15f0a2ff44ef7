/**
 * The engine's account events, each once and in the order of its journal, from where the ledger stands. Before the first, and whenever the
 * engine restarted, the journal is proven to be the ledger's own; what is booked for good is acknowledged, so that the journal may
 * forget it.
 */
import type { Message } from '@fillwright/messages';
import {
  type Clock,
  type FeedHaltReason,
  FeedLink,
  type FeedState,
  type FeedSubscription,
  type Log,
  type Ports,
  type Sender,
  ServiceClient,
  type Timer,
} from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { JournalPlace } from '../ledger/ledger-tables.ts';
import { type JournalVerdict, proveJournal } from './journal-proof.ts';

const PROVE_AGAIN_MS = 500;
const ACKNOWLEDGE_MS = 1_000;
/** Between two syncs of the ledger: the engine forgets no more often than every half minute. */
const MAKE_DURABLE_MS = 10_000;

const ADVICE: Readonly<Record<FeedHaltReason, string>> = {
  'too-many-resyncs': 'the machine or its network is too slow; mend that and start this process again, it goes on from where it stands',
  'too-old': 'the engine has forgotten events that are not booked; restore the newest backup of ledger.sqlite',
  'not-understood': 'the engine is newer than this release; install the same release here',
};

export interface JournalFeedOptions {
  readonly topic: string;
  /** Of the engine's trade events, and of its service. */
  readonly endpoint: string;
  readonly serviceEndpoint: string;
  /** Newest event that is stored with what was made of it. */
  readonly applied: () => JournalPlace;
  /** Tells whether a power cut can no longer take away what is stored by now. */
  makeDurable(done: (isDurable: boolean) => void): void;
  /** Must have stored it when it returns. */
  onEvent(message: Message): void;
  onChange(): void;
  /** It can not go on by itself; a person must look. */
  onHalt(code: string, reason: string): void;
}

/** `live`: complete up to the newest event of the journal. `silent`: it was, and the engine is not heard now. */
export type JournalFeedState = 'asking' | 'catching-up' | 'live' | 'silent';

export class JournalFeed {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sender: Sender;
  readonly #options: JournalFeedOptions;
  readonly #link: FeedLink;
  readonly #service: ServiceClient;
  #subscription: FeedSubscription | undefined;
  #state: JournalFeedState = 'asking';
  #why: string;
  #timer: Timer | undefined;
  #acknowledgeTimer: Timer | undefined;
  #acknowledgeFailures = 0;
  /** Newest event that is stored for good. */
  #durablePos = 0;
  #nextDurableUs = 0;
  readonly #skips: boolean;
  #closed = false;
  #ending: Promise<void> | undefined;

  constructor(ports: Pick<Ports, 'bus' | 'clock' | 'log' | 'metrics' | 'mutations'>, sender: Sender, options: JournalFeedOptions) {
    const { bus, clock, log, metrics } = ports;
    this.#skips = mutated(ports, 'ledger-resumes-too-far');
    this.#clock = clock;
    this.#log = log;
    this.#sender = sender;
    this.#options = options;
    this.#why = `${options.serviceEndpoint} was not asked yet`;
    this.#service = new ServiceClient({ bus, clock, sender, endpoint: options.serviceEndpoint });
    this.#link = new FeedLink({ bus, clock, log, metrics, sender, endpoint: options.endpoint, service: this.#service });
  }

  get state(): JournalFeedState {
    return this.#state;
  }

  /** Why it is not live. */
  get why(): string {
    return this.#why;
  }

  /** Acknowledgements in a row that the engine did not take. */
  get acknowledgeFailures(): number {
    return this.#acknowledgeFailures;
  }

  start(): void {
    this.#prove();
    this.#acknowledgeLater();
  }

  /** Nothing is delivered afterwards; idempotent. */
  close(): Promise<void> {
    this.#stop();
    this.#ending ??= Promise.all([this.#link.close(), this.#service.close()]).then(() => undefined);
    return this.#ending;
  }

  #stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#acknowledgeTimer?.cancel();
    this.#subscription?.close();
  }

  #prove(): void {
    const { topic, applied } = this.#options;
    void proveJournal(this.#service, topic, applied(), this.#sender.nextId()).then((verdict) => {
      if (!this.#closed) this.#judge(verdict);
    });
  }

  #judge(verdict: JournalVerdict): void {
    if (verdict.type === 'unanswered') {
      this.#become('asking', verdict.text);
      this.#timer = this.#clock.after(PROVE_AGAIN_MS, () => this.#prove());
      return;
    }
    if (verdict.type === 'same') {
      const { pos } = this.#options.applied();
      this.#log.info('journal-proven', { epoch: verdict.epoch, fromPos: pos + 1, isCertain: verdict.isCertain });
      this.#subscribe(verdict.epoch, pos + (this.#skips ? 2 : 1));
      return;
    }
    const code = verdict.type === 'behind' ? 'POS_JOURNAL_BEHIND' : 'POS_JOURNAL_OTHER';
    const advice =
      "if this is another account's engine, correct ENGINE_SERVICE_ENDPOINT, TRADE_EVENTS_SUB_ENDPOINT or DATA_DIR; " +
      'if the journal was lost, stop this process, keep a copy of ledger.sqlite, move the file away and start again: a new ledger is made from the journal';
    this.#halt(code, `the engine's journal is not the one of this ledger: ${verdict.text}; ${advice}`);
  }

  #subscribe(epoch: number, fromPos: number): void {
    const { topic } = this.#options;
    this.#become('catching-up', `from journal position ${fromPos}`);
    this.#subscription = this.#link.subscribe({
      topic,
      mode: { type: 'durable', fromPos },
      onMessage: (message) => this.#options.onEvent(message),
      onState: (state, why) => this.#feedChanged(epoch, state, why),
      onHalt: (reason, detail) => this.#halt('POS_FEED_HALTED', `the engine's events can not be followed (${detail}): ${ADVICE[reason]}`),
    });
  }

  #feedChanged(epoch: number, state: FeedState, why: string): void {
    const seen = this.#subscription?.statistics.epoch ?? 0;
    if (seen !== 0 && seen !== epoch) {
      // Another incarnation of the engine: the same journal, as far as we know.
      this.#subscription?.close();
      this.#subscription = undefined;
      this.#become('asking', 'the engine restarted');
      this.#prove();
    } else if (state === 'live') this.#become('live', why);
    else if (state === 'stale') this.#become('silent', why);
    else if (state !== 'halted') this.#become('catching-up', why);
  }

  #become(state: JournalFeedState, why: string): void {
    this.#why = why;
    if (state === this.#state) return;
    this.#log.info('journal-feed', { state, why, pos: this.#options.applied().pos });
    this.#state = state;
    this.#options.onChange();
  }

  #halt(code: string, reason: string): void {
    this.#stop();
    this.#options.onHalt(code, reason);
  }

  #acknowledgeLater(): void {
    this.#acknowledgeTimer = this.#clock.after(ACKNOWLEDGE_MS, () => {
      this.#acknowledgeLater();
      if (this.#state !== 'live' && this.#state !== 'catching-up') return;
      this.#makeDurable();
      if (this.#durablePos === 0) return;
      const pos = this.#durablePos;
      this.#service.ask('service.acknowledge', { consumer: this.#sender.src, pos }, ACKNOWLEDGE_MS, (result) => {
        this.#acknowledgeFailures = result.ok ? 0 : this.#acknowledgeFailures + 1;
      });
    });
  }

  #makeDurable(): void {
    const { pos } = this.#options.applied();
    const nowUs = this.#clock.monotonicUs();
    if (pos <= this.#durablePos || nowUs < this.#nextDurableUs) return;
    this.#nextDurableUs = nowUs + MAKE_DURABLE_MS * 1000;
    this.#options.makeDurable((isDurable) => {
      if (isDurable) this.#durablePos = Math.max(this.#durablePos, pos);
    });
  }
}
