/** Opens a few HTTP connections before they are needed and keeps them from being closed, so that no order waits for a handshake. */
import type { Clock, Timer } from '@fillwright/runtime/ports';

/** Shorter than a connection may idle (30 s here, a minute at most peers). */
const EVERY_MS = 20_000;

export class WarmConnections {
  readonly #clock: Clock;
  readonly #ping: () => Promise<unknown>;
  readonly #count: number;
  #timer: Timer | undefined;
  #isPinging = false;

  /** `ping`: one cheap request; never rejects. So many at once take so many connections. */
  constructor(clock: Clock, ping: () => Promise<unknown>, count: number) {
    this.#clock = clock;
    this.#ping = ping;
    this.#count = count;
  }

  /** Settles when the first round has ended, well or not. Again and again: nothing new. */
  async start(): Promise<void> {
    if (this.#count === 0 || this.#timer !== undefined) return;
    this.#later();
    await this.#round();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #later(): void {
    this.#timer = this.#clock.after(EVERY_MS, () => {
      this.#later();
      void this.#round();
    });
  }

  /** One that is still on its way would only be joined by more that wait. */
  async #round(): Promise<void> {
    if (this.#isPinging) return;
    this.#isPinging = true;
    await Promise.all(Array.from({ length: this.#count }, () => this.#ping()));
    this.#isPinging = false;
  }
}
