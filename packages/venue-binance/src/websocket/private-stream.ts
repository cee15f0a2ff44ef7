/**
 * The private stream over one or more connections on one listen key: each frame once, to one consumer, and exactly one `onDown` when it can
 * no longer be whole. A connection that dies beside one that was open all the while is replaced and costs nothing; one that grows old is
 * replaced before it ends.
 */
import { AppError, type Clock, type Random, type Timer, type WebSocketConnector } from '@fillwright/runtime/ports';
import type { PrivateStream, PrivateStreamEvents } from '@fillwright/venue';
import type { FeeAssetOf } from '../parse/order-update.ts';
import { readUserFrame } from '../parse/user-frame.ts';
import { Backoff } from '../recovery/backoff.ts';
import { ListenKey, type ListenKeyPorts } from './listen-key.ts';
import type { LivenessOptions } from './liveness.ts';
import { PrivateConnection } from './private-connection.ts';
import { SeenFrames } from './seen-frames.ts';

export interface PrivateStreamPorts extends ListenKeyPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: WebSocketConnector;
  readonly feeAssetOf: FeeAssetOf;
  /** An event type that says nothing to us; `known` = expected. */
  onSkipped(event: string, known: boolean): void;
  /** A connection came or went; `why` says how one went. The stream as such goes on. */
  onConnections?(open: number, wanted: number, why: string | undefined): void;
}

export interface PrivateStreamOptions {
  /** With the listen key; the connections take them in turn. At least one. */
  readonly urls: readonly string[];
  /** Connections at the same time, 1 to 8. */
  readonly size: number;
  readonly connectTimeoutMs: number;
  /** Default 4 MiB. */
  readonly maxMessageBytes?: number;
  readonly liveness?: LivenessOptions;
}

/** The venue cuts every connection after 24 h; we go first, at a moment of our own. */
const MAX_AGE_MS = (24 * 60 - 10) * 60_000;
/** An old connection stays open so long beside its successor: what was on its way over it arrives. */
const OVERLAP_MS = 5_000;
/** Frames between the opening and the first turn of the consumer. */
const MAX_EARLY_FRAMES = 10_000;
const DEFAULT_MAX_MESSAGE_BYTES = 4 << 20;

export type OpenedStream = { readonly type: 'open'; readonly stream: PrivateStream } | { readonly type: 'failed'; readonly text: string };

interface Member {
  readonly connection: PrivateConnection;
  readonly slot: number;
  /** 2ⁿ, one's own among those that exist. */
  readonly bit: number;
  age?: Timer;
}

/** Settles once the first connection is open or has failed; never rejects. */
export function openPrivateStream(
  ports: PrivateStreamPorts,
  options: PrivateStreamOptions,
  events: PrivateStreamEvents,
): Promise<OpenedStream> {
  return new Promise((settle) => {
    new PrivateConnections(ports, options, events, settle);
  });
}

class PrivateConnections implements PrivateStream {
  readonly #ports: PrivateStreamPorts;
  readonly #options: PrivateStreamOptions;
  readonly #events: PrivateStreamEvents;
  readonly #settle: (opened: OpenedStream) => void;
  readonly #key: ListenKey;
  readonly #backoff: Backoff;
  readonly #seen = new SeenFrames();
  readonly #members = new Set<Member>();
  /** Waits: the next attempt of a slot, the end of an overlap, the first turn of the consumer. */
  readonly #timers = new Set<Timer>();
  #state: 'connecting' | 'holding' | 'flowing' | 'ended' = 'connecting';
  #held: string[] = [];

  constructor(
    ports: PrivateStreamPorts,
    options: PrivateStreamOptions,
    events: PrivateStreamEvents,
    settle: (opened: OpenedStream) => void,
  ) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    this.#settle = settle;
    this.#backoff = new Backoff(ports.random);
    this.#key = new ListenKey(ports, (reason) => this.#down(reason));
    this.#connect(0);
  }

  close(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#held = [];
    this.#key.stop();
    for (const timer of this.#timers) timer.cancel();
    for (const member of this.#members) this.#drop(member);
    this.#timers.clear();
    this.#seen.clear();
  }

  /** `old` = the connection this one shall take the place of. */
  #connect(slot: number, old?: Member): void {
    const { urls, connectTimeoutMs, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, liveness } = this.#options;
    const taken = [...this.#members].reduce((bits, { bit }) => bits | bit, 0);
    const bit = ~taken & (taken + 1);
    const url = urls[slot % urls.length] ?? '';
    const connection = new PrivateConnection(
      this.#ports,
      { url, connectTimeoutMs, maxMessageBytes, ...(liveness !== undefined && { liveness }) },
      {
        onOpen: () => this.#opened(member, old),
        onText: (text) => this.#received(member, text),
        onAlive: () => this.#state !== 'ended' && this.#events.onAlive?.(),
        onDown: (reason) => this.#lost(member, reason, old),
      },
    );
    const member: Member = { connection, slot, bit };
    this.#members.add(member);
  }

  #opened(member: Member, old: Member | undefined): void {
    member.age = this.#ports.clock.after(MAX_AGE_MS, () => this.#connect(member.slot, member));
    if (this.#state === 'connecting') {
      this.#state = 'holding';
      this.#key.start();
      // The consumer learns of the stream in the microtasks after `settle`; a timer comes later, so nothing overtakes that.
      this.#after(0, () => this.#flush());
      this.#settle({ type: 'open', stream: this });
      for (let slot = 1; slot < this.#options.size; slot += 1) this.#connect(slot);
    }
    this.#backoff.reset();
    if (old !== undefined) this.#after(OVERLAP_MS, () => this.#retire(old));
    this.#tell(undefined);
  }

  #received(member: Member, text: string): void {
    if (this.#state === 'ended') return;
    // Of a single connection nothing can come twice.
    if (this.#isShared() && !this.#seen.isNews(member.bit, text)) return;
    if (this.#state === 'flowing') this.#deliver(text);
    else if (this.#held.push(text) > MAX_EARLY_FRAMES) this.#down(`more than ${MAX_EARLY_FRAMES} frames before the stream could be used`);
  }

  #flush(): void {
    if (this.#state !== 'holding') return;
    this.#state = 'flowing';
    const held = this.#held;
    this.#held = [];
    for (const text of held) this.#deliver(text);
  }

  #deliver(text: string): void {
    if (this.#state === 'ended') return;
    const frame = readUserFrame(text, this.#ports.feeAssetOf);
    if (frame.type === 'events') {
      for (const event of frame.events) {
        // A consumer may close the stream while it handles an event.
        if (this.#isEnded()) return;
        this.#events.onEvent(event);
      }
    } else if (frame.type === 'expired') this.#down('the listen key expired');
    else this.#ports.onSkipped(frame.event, frame.known);
  }

  #isShared(): boolean {
    return this.#options.size > 1 || this.#members.size > 1;
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #lost(member: Member, reason: string, old: Member | undefined): void {
    if (this.#state === 'ended') return;
    this.#drop(member);
    if (this.#state === 'connecting') {
      this.close();
      this.#settle({ type: 'failed', text: reason });
      return;
    }
    const { openedUs, heardUs } = member.connection;
    // What the dead one may have swallowed since its last sign of life, one that was open by then has brought.
    const isCovered = [...this.#members].some(({ connection }) => connection.openedUs !== undefined && connection.openedUs <= heardUs);
    if (openedUs !== undefined && !isCovered) {
      this.#down(reason);
      return;
    }
    if (openedUs !== undefined) this.#tell(reason);
    // Its successor may be there already, or on its way.
    const hasOther = [...this.#members].some((other) => other.slot === member.slot && other !== old);
    if (!hasOther)
      this.#after(this.#backoff.nextMs(), () => this.#connect(member.slot, old !== undefined && this.#members.has(old) ? old : undefined));
  }

  /** The successor has been there for a while. */
  #retire(member: Member): void {
    if (!this.#members.has(member)) return;
    this.#drop(member);
    this.#tell(undefined);
    if (!this.#isShared()) this.#seen.clear();
  }

  #drop(member: Member): void {
    this.#members.delete(member);
    member.age?.cancel();
    member.connection.close();
  }

  #tell(why: string | undefined): void {
    const open = [...this.#members].filter(({ connection }) => connection.openedUs !== undefined).length;
    this.#ports.onConnections?.(Math.min(open, this.#options.size), this.#options.size, why);
  }

  #down(reason: string): void {
    if (this.#state === 'ended') return;
    this.close();
    this.#events.onDown(reason);
  }

  #after(ms: number, work: () => void): void {
    const timer = this.#ports.clock.after(ms, () => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
  }
}

/** @throws AppError `BIN_BAD_URL` when it is no WebSocket address. */
export function privateStreamUrl(base: string, listenKey: string): string {
  if (!/^wss?:\/\/[^\s/]+/.test(base)) throw new AppError('BIN_BAD_URL', `${base} is no WebSocket address; use e.g. wss://host/private`);
  return `${base.replace(/\/+$/, '')}/ws?listenKey=${encodeURIComponent(listenKey)}`;
}
