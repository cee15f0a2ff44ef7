/** What befalls units on links while faults last: several faults may share a link, each with its own chance. */
import type { Arrival, Link, LinkUnit } from '../kernel/link.ts';
import type { SeededRandom } from '../kernel/seeded-random.ts';

export interface LinkFault {
  /** Chance of a bus frame to be lost. Only frames: the bus below them is TCP, its subscriptions are not lost alone. */
  readonly lose?: number;
  /** Chance of a bus frame to come twice. */
  readonly double?: number;
  /** Everything takes up to this much longer, in order. */
  readonly delayUs?: number;
}

export class LinkFaults {
  readonly #active = new Map<Link, LinkFault[]>();
  duplicated = 0;
  lost = 0;

  add(link: Link, fault: LinkFault): void {
    const active = this.#active.get(link) ?? [];
    this.#active.set(link, active);
    active.push(fault);
    link.behaviour = { plan: (unit, random) => this.#plan(link, active, unit, random) };
  }

  remove(link: Link, fault: LinkFault): void {
    const active = this.#active.get(link);
    const index = active?.indexOf(fault) ?? -1;
    if (active === undefined || index < 0) return;
    active.splice(index, 1);
    if (active.length > 0) return;
    link.behaviour = undefined;
    this.#active.delete(link);
  }

  clear(): void {
    for (const link of this.#active.keys()) link.behaviour = undefined;
    this.#active.clear();
  }

  #plan(link: Link, active: readonly LinkFault[], unit: LinkUnit, random: SeededRandom): readonly Arrival[] {
    const isFrame = unit.protocol === 'bus' && typeof unit.payload === 'object' && unit.payload !== null && 'frames' in unit.payload;
    let delayUs = link.delayUs();
    for (const fault of active) {
      if (fault.delayUs !== undefined) delayUs += random.below(fault.delayUs);
      if (isFrame && fault.lose !== undefined && random.chance(fault.lose)) {
        this.lost++;
        return [];
      }
    }
    const doubled = isFrame && active.some(({ double }) => double !== undefined && random.chance(double));
    if (!doubled) return [{ delayUs }];
    this.duplicated++;
    return [{ delayUs }, { delayUs: delayUs + random.below(50_000) }];
  }
}
