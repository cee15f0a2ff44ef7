/** Planned maintenance: every socket is told first and closed after the notice, requests get −1016 until it is over. */
import type { Clock } from '@fillwright/runtime/ports';
import type { LiveSocket } from '../stream/socket-life.ts';

const GOING_AWAY = 1001;

export class Maintenance {
  /** Requests and new sockets are refused. */
  active = false;
  readonly #clock: Clock;
  readonly #sockets: () => Iterable<LiveSocket>;

  constructor(clock: Clock, sockets: () => Iterable<LiveSocket>) {
    this.#clock = clock;
    this.#sockets = sockets;
  }

  /** Returns how many sockets were told. */
  begin(noticeMs: number): number {
    this.active = true;
    const told = [...this.#sockets()];
    for (const socket of told) socket.tellShutdown(Math.floor(this.#clock.wallUs() / 1_000));
    this.#clock.after(noticeMs, () => {
      for (const socket of told) socket.close(GOING_AWAY, 'server is going away');
    });
    return told.length;
  }

  end(): void {
    this.active = false;
  }
}
