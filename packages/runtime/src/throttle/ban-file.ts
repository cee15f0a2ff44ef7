/**
 * Remembers over a restart until when a venue wants to hear nothing: a process that is started again and again during a ban would make it
 * longer with its first question. Keeps what is left of it, so that a clock that was set in between cannot make years of it.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';

const FILE = 'venue-ban';

export class BanFile {
  readonly #disk: Disk;
  readonly #clock: Pick<Clock, 'wallUs'>;

  constructor({ disk, clock }: { readonly disk: Disk; readonly clock: Pick<Clock, 'wallUs'> }) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The end of the ban; undefined when there is none any more. */
  read(): UsTime | undefined {
    const nowUs = this.#clock.wallUs();
    const [untilUs, forUs] = this.#figures();
    const leftUs = Math.min(untilUs - nowUs, forUs);
    return leftUs > 0 ? usTime(nowUs + leftUs) : undefined;
  }

  write(untilTs: UsTime): void {
    const text = `${untilTs} ${Math.max(0, untilTs - this.#clock.wallUs())}\n`;
    try {
      this.#disk.writeAtomic(FILE, new TextEncoder().encode(text));
    } catch {
      // A full disk: the ban is obeyed all the same, only a restart will not know of it.
    }
  }

  #figures(): readonly [untilUs: number, forUs: number] {
    try {
      const [untilUs, forUs] = new TextDecoder().decode(this.#disk.readWhole(FILE)).split(' ').map(Number);
      return Number.isSafeInteger(untilUs) && Number.isSafeInteger(forUs) ? [untilUs as number, forUs as number] : [0, 0];
    } catch {
      // There never was a ban.
      return [0, 0];
    }
  }
}
