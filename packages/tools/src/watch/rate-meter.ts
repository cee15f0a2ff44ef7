/** Events per second over the last whole second, from monotonic times; two counters, no list. */

const SECOND_US = 1_000_000;

export class RateMeter {
  #second = -1;
  #current = 0;
  #last = 0;

  add(nowUs: number): void {
    this.#turn(nowUs);
    this.#current += 1;
  }

  perSecond(nowUs: number): number {
    this.#turn(nowUs);
    return this.#last;
  }

  #turn(nowUs: number): void {
    const second = Math.floor(nowUs / SECOND_US);
    if (second === this.#second) return;
    this.#last = second === this.#second + 1 ? this.#current : 0;
    this.#current = 0;
    this.#second = second;
  }
}
