/** Journal payloads as standard msgpack, so that any tool can read a journal. */
import { packValue, unpackValue } from '@fillwright/messages';
import type { JournalRecord } from './record.ts';

export function encodeRecord(record: JournalRecord): Uint8Array {
  return packValue(record);
}

/** The journal's hash chain has proven that these bytes are ours; their shape is trusted. */
export function decodeRecord(payload: Uint8Array): JournalRecord {
  return unpackValue(payload) as JournalRecord;
}
