/**
 * What the journal may forget: segments that the oldest kept snapshot, the index of closed orders and every durable consumer are past.
 * A consumer that is silent or far behind is an alarm, never a reason to forget.
 */
import { type Clock, type Disk, type Gauge, type Journal, keptSnapshots, type Log, type Metrics } from '@fillwright/runtime';
import type { Consumer, Consumers } from './consumers.ts';
import type { IdIndex } from './id-index.ts';

/** Nobody notices a position-server that is down for longer. */
const SILENT_US = 24 * 3_600_000_000;

export interface RotationParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly journal: Journal;
  readonly index: IdIndex;
  readonly consumers: Consumers;
  readonly snapshotFolder: string;
  /** Alarm when the journal must keep so much for one consumer. */
  readonly backlogBytes: number;
}

export class Rotation {
  readonly #parts: RotationParts;
  readonly #bytes: Gauge;
  readonly #backlog: Gauge;
  /** Alarms that were told, by consumer and kind; told again only after they had ended. */
  readonly #alarms = new Set<string>();
  readonly #watched = new Set<string>();
  #isSettling = false;

  constructor(parts: RotationParts) {
    this.#parts = parts;
    const { metrics } = parts;
    this.#bytes = metrics.gauge('fillwright_journal_bytes', 'Size of the journal on disk');
    this.#backlog = metrics.gauge('fillwright_journal_backlog_bytes', 'What the journal keeps for a durable consumer', 'consumer');
  }

  /** Sizes, and alarms about consumers. Cheap. */
  watch(): void {
    const { journal, consumers } = this.#parts;
    this.#bytes.set(journal.bytes());
    const known = consumers.all();
    for (const consumer of known) this.#watchConsumer(consumer);
    for (const name of this.#watched) if (!known.some((consumer) => consumer.name === name)) this.#retired(name);
  }

  /** Removes what nobody needs, as soon as what stands for it is durable. Meanwhile, and in a failure, it stays. */
  rotate(onFailed: (error: unknown) => void): void {
    const { journal, index } = this.#parts;
    const neededFrom = this.#neededFrom();
    if (this.#isSettling || journal.droppable(neededFrom) === 0) return;
    this.#isSettling = true;
    index.settle((isDurable) => {
      this.#isSettling = false;
      try {
        // A consumer may have gone back meanwhile, to a backup of its own.
        if (isDurable) this.#drop(Math.min(neededFrom, this.#neededFrom()));
      } catch (error) {
        onFailed(error);
      }
    });
  }

  /** @throws JournalError when the disk refuses */
  #drop(neededFrom: number): void {
    const { journal, index, log } = this.#parts;
    const segments = journal.dropBefore(neededFrom);
    log.info('journal-rotated', { segments, firstPos: journal.firstPos, neededFrom, indexPos: index.pos });
  }

  /** The first position that a snapshot, the index or a consumer has not got. @throws JournalError when the disk refuses */
  #neededFrom(): number {
    const { disk, index, consumers, snapshotFolder } = this.#parts;
    const oldest = keptSnapshots(disk, snapshotFolder)[0] ?? 0;
    return Math.min(oldest, index.pos, consumers.neededPos - 1) + 1;
  }

  #watchConsumer({ name, pos, heardUs }: Consumer): void {
    const { clock, journal, backlogBytes } = this.#parts;
    this.#watched.add(name);
    const backlog = journal.bytes(pos + 1);
    this.#backlog.set(backlog, name);
    const silentHours = Math.floor((clock.wallUs() - heardUs) / 3_600_000_000);
    this.#alarm(`${name} backlog`, backlog > backlogBytes, { code: 'ENG_JOURNAL_BACKLOG', consumer: name, backlog, bound: backlogBytes });
    this.#alarm(`${name} silent`, clock.wallUs() - heardUs > SILENT_US, { code: 'ENG_CONSUMER_SILENT', consumer: name, silentHours });
  }

  /** Nothing is kept for it any more, so its alarms are over. */
  #retired(name: string): void {
    this.#watched.delete(name);
    this.#backlog.set(0, name);
    this.#alarm(`${name} backlog`, false, { consumer: name, retired: true });
    this.#alarm(`${name} silent`, false, { consumer: name, retired: true });
  }

  #alarm(key: string, isOn: boolean, fields: Readonly<Record<string, unknown>>): void {
    if (isOn === this.#alarms.has(key)) return;
    if (isOn) this.#alarms.add(key);
    else this.#alarms.delete(key);
    if (isOn) this.#parts.log.error('journal-kept-for-consumer', fields);
    else this.#parts.log.info('journal-alarm-over', fields);
  }
}
