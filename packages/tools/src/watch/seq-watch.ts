/** Notices what the bus lost on its way to us: sequence numbers per source, epoch and topic must follow each other without a hole. */
import type { Envelope, HeartbeatMessage } from '@fillwright/messages';

/** Sources × topics kept; the contract has a few per symbol. */
const MAX_DOMAINS = 4_096;

export interface LinkCount {
  /** Messages that never came. */
  readonly missed: number;
  /** Holes, however long. */
  readonly gaps: number;
  readonly seen: number;
}

interface Domain {
  epoch: number;
  seq: number;
}

export class SeqWatch {
  readonly #domains = new Map<string, Domain>();
  readonly #counts = new Map<string, { missed: number; gaps: number; seen: number }>();

  /** Counts one publication; replies of services have no sequence and are left out. Returns the numbers missing right before it. */
  note(message: Pick<Envelope, 'src' | 'topic' | 'epoch' | 'seq'>): number {
    const count = this.#count(message.src);
    count.seen += 1;
    return message.seq === 0 ? 0 : this.#advance(message.src, message.topic, message.epoch, message.seq, message.seq - 1);
  }

  /** A heartbeat tells where each topic of its socket stands: what we lack of it was a lost tail. */
  heartbeat(source: string, epoch: number, { lastSeqs }: Pick<HeartbeatMessage, 'lastSeqs'>): number {
    let missed = 0;
    for (const [topic, lastSeq] of Object.entries(lastSeqs)) {
      // A topic that we do not follow is none of ours.
      if (this.#domains.get(keyOf(source, topic))?.epoch === epoch) missed += this.#advance(source, topic, epoch, lastSeq, lastSeq);
    }
    return missed;
  }

  /** Newest number seen of a topic in this epoch; 0 for none. */
  lastSeq(source: string, topic: string, epoch: number): number {
    const domain = this.#domains.get(keyOf(source, topic));
    return domain?.epoch === epoch ? domain.seq : 0;
  }

  countOf(source: string): LinkCount {
    return { ...this.#count(source) };
  }

  get total(): LinkCount {
    const counts = [...this.#counts.values()];
    const sum = (of: (count: LinkCount) => number) => counts.reduce((total, count) => total + of(count), 0);
    return { missed: sum(({ missed }) => missed), gaps: sum(({ gaps }) => gaps), seen: sum(({ seen }) => seen) };
  }

  /** `expected`: the number that should have been seen last. The first of a domain or epoch sets the mark. */
  #advance(source: string, topic: string, epoch: number, seq: number, expected: number): number {
    const key = keyOf(source, topic);
    const domain = this.#domains.get(key);
    if (domain === undefined) {
      if (this.#domains.size < MAX_DOMAINS) this.#domains.set(key, { epoch, seq });
      return 0;
    }
    if (epoch < domain.epoch) return 0;
    const missing = epoch === domain.epoch ? Math.max(0, expected - domain.seq) : 0;
    if (epoch > domain.epoch || seq > domain.seq) {
      domain.epoch = epoch;
      domain.seq = seq;
    }
    if (missing > 0) {
      const count = this.#count(source);
      count.missed += missing;
      count.gaps += 1;
    }
    return missing;
  }

  #count(source: string): { missed: number; gaps: number; seen: number } {
    const known = this.#counts.get(source) ?? { missed: 0, gaps: 0, seen: 0 };
    this.#counts.set(source, known);
    return known;
  }
}

function keyOf(source: string, topic: string): string {
  return `${source} ${topic}`;
}
