/** What the trader asked for, on disk before it is said: after a crash each id is asked about until the engine says what became of it. */
import type { UsTime } from '@fillwright/domain';
import { type MessageData, packValue, unpackValue } from '@fillwright/messages';
import { type Disk, type Journal, openJournal } from '@fillwright/runtime';

interface IntentRecord {
  readonly k: 'intent';
  readonly ts: UsTime;
  readonly command: MessageData<'command.place'>;
}

interface ClosedRecord {
  readonly k: 'closed';
  readonly id: string;
}

type TraderRecord = IntentRecord | ClosedRecord;

/** A new segment this often, so that settled intents can be forgotten. */
const SEGMENT_BYTES = 4 * 1024 * 1024;

export class IntentJournal {
  readonly #journal: Journal;
  /** Journal position of each intent that is not settled, oldest first. */
  readonly #open = new Map<string, { readonly pos: number; readonly record: IntentRecord }>();

  constructor(disk: Disk, folder: string) {
    this.#journal = openJournal(disk, { folder, segmentBytes: SEGMENT_BYTES });
    for (const { pos, payload } of this.#journal.read(this.#journal.firstPos)) {
      const record = unpackValue(payload) as TraderRecord;
      if (record.k === 'intent') this.#open.set(record.command.clientOrderId, { pos, record });
      else this.#open.delete(record.id);
    }
  }

  /** Intents without an end, oldest first. */
  unsettled(): readonly IntentRecord[] {
    return [...this.#open.values()].map(({ record }) => record);
  }

  /** @throws JournalError when the disk refuses: then nothing may be published. */
  intend(command: MessageData<'command.place'>, ts: UsTime): void {
    const record: IntentRecord = { k: 'intent', ts, command };
    const pos = this.#journal.append(packValue(record));
    this.#open.set(command.clientOrderId, { pos, record });
  }

  settle(id: string): void {
    if (!this.#open.delete(id)) return;
    this.#journal.append(packValue({ k: 'closed', id } satisfies TraderRecord));
    const oldest = this.#open.values().next().value?.pos ?? this.#journal.lastPos;
    this.#journal.dropBefore(oldest);
  }

  close(): void {
    this.#journal.close();
  }
}
