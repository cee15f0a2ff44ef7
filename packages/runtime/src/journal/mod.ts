/** The journal alone, without any transport: for services and the simulated world. */
export { nextEpoch } from './epoch.ts';
export type { Journal, JournalCut, JournalOptions, JournalRecord, ReadBound } from './journal.ts';
export { MAX_PAYLOAD_BYTES, openJournal } from './journal.ts';
export type { JournalErrorCode, JournalFault } from './journal-error.ts';
export { JournalError } from './journal-error.ts';
export { firstKeptPos, inspectJournal, type JournalInspection, scanJournal, type TornTail, tailOfJournal } from './journal-reader.ts';
export type { JournalSync, JournalWriter, JournalWriterOptions } from './journal-writer.ts';
export { createJournalWriter } from './journal-writer.ts';
export type { Snapshot, SnapshotReport, SnapshotSearch } from './snapshots.ts';
export { keptSnapshots, readNewestSnapshot, SnapshotDraft, writeSnapshot, writeSnapshotLater } from './snapshots.ts';
export type { JournalCheck } from './verify-journal.ts';
export { verifyJournal } from './verify-journal.ts';
