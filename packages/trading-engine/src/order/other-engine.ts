/**
 * Two engines of one account: nothing fences them at the exchange, but each sees the other's orders. One that appears now, under a tag of a
 * trader of ours, and that this journal never sent, is told aloud, at most once a minute.
 */
import type { ClientOrderId } from '@fillwright/domain';
import type { Clock, Log } from '@fillwright/runtime';

const REPEAT_US = 60_000_000;
const TEXT =
  'the exchange tells of new orders under a tag of a trader of ours that this engine did not send: another engine seems to trade this account. ' +
  'Stop one of the two, or delete its API key at the exchange';

export class OtherEngineWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  #orders = 0;
  #saidUs: number | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  appeared(clientOrderId: ClientOrderId, owner: string): void {
    this.#orders += 1;
    const nowUs = this.#clock.monotonicUs();
    if (this.#saidUs !== undefined && nowUs - this.#saidUs < REPEAT_US) return;
    this.#saidUs = nowUs;
    this.#log.error('other-engine', { code: 'ENG_OTHER_ENGINE', alert: true, clientOrderId, owner, orders: this.#orders, text: TEXT });
  }
}
