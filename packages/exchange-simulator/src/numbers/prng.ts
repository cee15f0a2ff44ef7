/** Seeded randomness of the simulated venue: the same seed and label give the same numbers on every machine. */

/** FNV-1a over UTF-16 code units: turns a label into a 32-bit starting value. */
function hash(text: string, basis: number): number {
  let h = basis >>> 0;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16_777_619) >>> 0;
  return h;
}

const ALPHANUMERIC = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');

/** sfc32, 128 bits of state. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: string, label: string) {
    this.#a = hash(seed, 2_166_136_261);
    this.#b = hash(label, 3_735_928_559);
    this.#c = hash(`${label}/${seed}`, 1_540_483_477);
    for (let i = 0; i < 16; i += 1) this.#next();
  }

  #next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.#next() / 4_294_967_296;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** Uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.float() < probability;
  }

  /** Letters and digits. */
  text(length: number): string {
    const codes: number[] = [];
    for (let i = 0; i < length; i += 1) codes.push(ALPHANUMERIC[this.below(ALPHANUMERIC.length)] as number);
    return String.fromCharCode(...codes);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { a: this.#a, b: this.#b, c: this.#c, d: this.#d };
  }

  restoreHidden({ a, b, c, d }: ReturnType<Prng['hiddenState']>): void {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}
