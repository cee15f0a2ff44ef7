/**
 * Connects again where libzmq will not: bytes that are no ZMTP end its session for good, without a retry and without a word but the
 * disconnect. An endpoint that neither came back nor is being retried some time after its end is let go and connected anew.
 */
import type { LinkEvent } from '../ports/bus.ts';

/** Longer than the longest pause between two retries of libzmq itself. */
const REJOIN_MS = 2_500;

export interface Endpoints {
  disconnect(endpoint: string): void;
  connect(endpoint: string): void;
}

export class Rejoiner {
  readonly #endpoints: Endpoints;
  readonly #connected: string[] = [];
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  watch(endpoint: string): void {
    this.#connected.push(endpoint);
  }

  /** Of the socket's monitor. */
  note({ endpoint, type }: LinkEvent): void {
    // A name may be told as the address it stands for; with one endpoint there is no doubt which is meant.
    const known = this.#connected.find((one) => one === endpoint) ?? (this.#connected.length === 1 ? this.#connected[0] : undefined);
    if (known === undefined) return;
    clearTimeout(this.#timers.get(known));
    this.#timers.delete(known);
    if (type !== 'disconnected' && type !== 'handshake-failed') return;
    const timer = setTimeout(() => this.#rejoin(known), REJOIN_MS);
    timer.unref();
    this.#timers.set(known, timer);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#connected.length = 0;
  }

  #rejoin(endpoint: string): void {
    this.#timers.delete(endpoint);
    try {
      this.#endpoints.disconnect(endpoint);
    } catch {
      // Its session is gone already.
    }
    this.#endpoints.connect(endpoint);
  }
}
