/**
 * One end of a connection: ordered and reliable like TCP, until a cut. What was sent before a cut arrives before it; nothing arrives
 * after it; a cut that cannot travel is not seen.
 */
import type { Incarnation, KillOptions } from './incarnation.ts';
import type { Link, LinkUser } from './link.ts';

/** `ended`: closed by the peer or its operating system. `reset`: cut hard. `lost`: given up by heartbeats. */
export type CutReason = 'ended' | 'reset' | 'lost';

export interface EndEvents {
  onUnit(payload: unknown): void;
  /** Once, unless this side closed first; nothing comes after it. */
  onCut(reason: CutReason): void;
}

/** What the operating system takes off a sender's hands before `bufferedBytes` rises. */
const WINDOW_BYTES = 256 * 1024;
/** Units that may wait behind a blocked link; beyond it the connection is reset. */
const MAX_WAITING_UNITS = 100_000;

interface Transmission {
  readonly bytes: number;
  readonly payload: unknown;
  /** Set for the last one: the cut itself. */
  readonly cut?: CutReason;
}

const NO_EVENTS: EndEvents = { onUnit: () => undefined, onCut: () => undefined };

export class ConnectionEnd implements LinkUser {
  readonly id: string;
  readonly protocol: string;
  readonly incarnation: Incarnation;
  readonly remoteAddress: string;
  /** Set by whoever owns this end. */
  events: EndEvents = NO_EVENTS;
  readonly #link: Link;
  /** Both ends give up when the peer is unreachable for so long; `undefined` = never. */
  readonly #heartbeatUs: number | undefined;
  readonly #unitKind: string;
  readonly #unregister: () => void;
  readonly #waiting: Transmission[] = [];
  #peer: ConnectionEnd | undefined;
  #open = true;
  #severed = false;
  #loseInFlight = false;
  #diedSilently = false;
  /** Ended without a word to the peer, who will be answered with a reset. */
  #abandoned = false;
  #undeliveredBytes = 0;
  #undeliveredUnits = 0;
  #lastArrivalUs = 0;

  constructor(id: string, protocol: string, incarnation: Incarnation, link: Link, remoteAddress: string, heartbeatUs: number | undefined) {
    this.id = id;
    this.protocol = protocol;
    this.incarnation = incarnation;
    this.remoteAddress = remoteAddress;
    this.#link = link;
    this.#heartbeatUs = heartbeatUs;
    this.#unitKind = `${protocol}.unit`;
    this.#unregister = incarnation.atDeath((options) => this.#die(options));
    link.join(this);
  }

  get open(): boolean {
    return this.#open;
  }

  get peer(): ConnectionEnd | undefined {
    return this.#peer;
  }

  /** Sent and neither delivered nor taken by the operating system. */
  get bufferedBytes(): number {
    return this.#open ? Math.max(0, this.#undeliveredBytes - WINDOW_BYTES) : 0;
  }

  /** Units sent and not delivered yet. */
  get undelivered(): number {
    return this.#undeliveredUnits;
  }

  /** Joins two ends. Nothing from this one arrives before `notBeforeUs`. */
  attach(peer: ConnectionEnd, notBeforeUs = 0): void {
    this.#peer = peer;
    this.#lastArrivalUs = notBeforeUs;
  }

  /** False when the connection is closed: then nothing was sent. */
  send(payload: unknown, bytes: number): boolean {
    if (!this.#open) return false;
    this.#undeliveredBytes += bytes;
    this.#undeliveredUnits++;
    this.#transmit({ payload, bytes });
    return true;
  }

  /** Closes this side; the peer sees it after everything that was sent. */
  end(): void {
    this.#close('ended');
  }

  /** Cuts it; the peer sees a reset. */
  reset(): void {
    this.#close('reset');
  }

  /** Makes it half open: both sides believe in it, nothing passes any more, nobody is told. */
  sever(): void {
    for (const end of [this, this.#peer]) {
      if (end === undefined || end.#severed) continue;
      end.#severed = true;
      end.#expectHeartbeat(() => true);
    }
  }

  /** The end of half-openness: both sides learn that the connection is gone, as from a network that forgot it. */
  lose(): void {
    this.#giveUp('lost');
    if (this.#peer !== undefined) this.#peer.#giveUp('lost');
  }

  linkBlocked(): void {
    const block = this.#link.blocks;
    this.#expectHeartbeat(() => this.#link.blocked && this.#link.blocks === block);
  }

  linkHealed(): void {
    for (const transmission of this.#waiting.splice(0)) this.#depart(transmission);
  }

  #close(reason: CutReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#release();
    this.#transmit({ payload: undefined, bytes: 0, cut: reason });
  }

  #die(options: KillOptions): void {
    this.#loseInFlight = options.inFlight === 'lose';
    if (options.connections === 'silent') {
      this.#open = false;
      this.#diedSilently = true;
      this.#waiting.length = 0;
      this.#release();
      if (this.#peer !== undefined) this.#peer.#expectHeartbeat(() => true);
    } else {
      this.#close('ended');
    }
  }

  /** A closed end still serves its link while something of it waits there. */
  #release(): void {
    this.#unregister();
    if (!this.#link.blocked || this.#severed || this.#diedSilently) this.#link.leave(this);
  }

  #transmit(transmission: Transmission): void {
    if (this.#peer === undefined || this.#severed) return;
    if (!this.#link.blocked) this.#depart(transmission);
    else if (this.#waiting.length < MAX_WAITING_UNITS) this.#waiting.push(transmission);
    else this.#giveUp('reset');
  }

  #depart(transmission: Transmission): void {
    if (!this.#open) this.#link.leave(this);
    const nowUs = this.incarnation.nowUs;
    const unit = transmission.cut === undefined ? this.#link.behaviour : undefined;
    const plan = unit?.plan({ protocol: this.protocol, bytes: transmission.bytes, payload: transmission.payload }, this.#link.random);
    if (plan === undefined) {
      this.#arriveInOrder(nowUs + this.#link.delayUs(), transmission);
      return;
    }
    if (plan.length === 0) this.#delivered(transmission);
    for (const arrival of plan) {
      if (arrival.unordered === true) this.#arriveAt(nowUs + arrival.delayUs, transmission);
      else this.#arriveInOrder(nowUs + arrival.delayUs, transmission);
    }
  }

  #arriveInOrder(atUs: number, transmission: Transmission): void {
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, atUs);
    this.#arriveAt(this.#lastArrivalUs, transmission);
  }

  #arriveAt(atUs: number, transmission: Transmission): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const kernel = this.incarnation.kernel;
    if (peer.#diedSilently) kernel.at(atUs, 'net.bounce', undefined, () => this.#bounce(peer));
    else if (transmission.cut === undefined) kernel.at(atUs, this.#unitKind, peer.incarnation, () => peer.#receive(this, transmission));
    else kernel.at(atUs, 'net.cut', peer.incarnation, () => peer.#giveUpNow(transmission.cut ?? 'ended'));
  }

  #receive(sender: ConnectionEnd, transmission: Transmission): void {
    sender.#delivered(transmission);
    if (this.#abandoned) sender.#giveUp('reset');
    if (this.#open && !this.#severed && !sender.#loseInFlight) this.events.onUnit(transmission.payload);
  }

  /** A duplicate is delivered twice and counted once. */
  #delivered(transmission: Transmission): void {
    this.#undeliveredBytes = Math.max(0, this.#undeliveredBytes - transmission.bytes);
    this.#undeliveredUnits = Math.max(0, this.#undeliveredUnits - 1);
  }

  /** Wrote to a machine that lost its power: once that is up again it answers that it knows of no such connection. */
  #bounce(peer: ConnectionEnd): void {
    if (peer.incarnation.machine.powered) this.#giveUp('reset');
  }

  #expectHeartbeat(stillLost: () => boolean): void {
    const heartbeatUs = this.#heartbeatUs;
    if (heartbeatUs === undefined || !this.#open) return;
    const kernel = this.incarnation.kernel;
    kernel.at(kernel.nowUs + heartbeatUs, 'net.heartbeat', undefined, () => {
      if (!stillLost()) return;
      this.#giveUp('lost');
      if (this.#peer !== undefined) this.#peer.#giveUp('lost');
    });
  }

  /** Ends this side without a word to the peer, and tells its owner by an event. */
  #giveUp(reason: CutReason): void {
    if (!this.#open) return;
    this.#abandon();
    this.incarnation.kernel.at(0, 'net.cut', this.incarnation, () => this.events.onCut(reason));
  }

  #giveUpNow(reason: CutReason): void {
    if (!this.#open) return;
    this.#abandon();
    this.events.onCut(reason);
  }

  #abandon(): void {
    this.#open = false;
    this.#abandoned = true;
    this.#waiting.length = 0;
    this.#unregister();
    this.#link.leave(this);
  }
}
