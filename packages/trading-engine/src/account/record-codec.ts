/** Journal payloads as standard msgpack, so that any tool can read a journal. Each carries its version; earlier ones are read for ever. */
import { type Packed, packData, packValue, unpackValue } from '@fillwright/messages';
import { AppError } from '@fillwright/runtime';
import type { JournalRecord, OrderRecord, Publication } from './record.ts';

/** Raise it when a record changes its meaning, and say in `READERS` what the version before looked like. */
export const RECORD_VERSION = 2;

type Raw = Readonly<Record<string, unknown>>;

/** Version → what makes it one of the next version. Version 1 carried no version and was the same otherwise. */
const READERS: Readonly<Record<number, (raw: Raw) => Raw>> = { 1: (raw) => raw };

export function encodeRecord(record: JournalRecord): Uint8Array {
  return packValue({ v: RECORD_VERSION, ...record });
}

export interface EncodedRecord {
  readonly payload: Uint8Array;
  /** The data of its publications, as far as they are made of the same bytes. */
  readonly data: Partial<Readonly<Record<Publication['type'], unknown>>>;
}

/** The whole order goes into the journal and into up to three messages: each part of it is encoded once. */
export function encodeOrderRecord(record: OrderRecord): EncodedRecord {
  const order = packData(record.change.order);
  const fill: Packed | undefined = record.change.fill && packData(record.change.fill);
  const change = packData(fill ? { ...record.change, order, fill } : { ...record.change, order });
  return {
    payload: packValue({ v: RECORD_VERSION, ...record, change }),
    data: { 'order.event': change, 'order.status': { order }, 'account.fill': { fill } },
  };
}

/**
 * The journal's hash chain has proven that these bytes are ours; their shape is trusted.
 * @throws AppError `ENG_RECORD_VERSION` when a newer version of the engine wrote it
 */
export function decodeRecord(payload: Uint8Array): JournalRecord {
  let raw = unpackValue(payload) as Raw;
  const version = typeof raw.v === 'number' ? raw.v : 1;
  if (version === RECORD_VERSION) return raw as unknown as JournalRecord;
  for (let at = version; at < RECORD_VERSION; at++) raw = READERS[at]?.(raw) ?? unreadable(version);
  return version > RECORD_VERSION ? unreadable(version) : (raw as unknown as JournalRecord);
}

function unreadable(version: number): never {
  throw new AppError(
    'ENG_RECORD_VERSION',
    `the journal holds records of version ${version}, this engine reads up to ${RECORD_VERSION}: start the version that wrote them`,
  );
}
