/** `fillwright journal verify | replay | tail`: looks at the journal of an engine, on a copy or beside the running process; changes nothing. */
import { basename, dirname, join, resolve } from 'node:path';
import { decimalText } from '@fillwright/domain';
import {
  AppError,
  createReadOnlyDisk,
  type Disk,
  EXIT,
  type ExitCode,
  firstKeptPos,
  inspectJournal,
  type JournalInspection,
  tailOfJournal,
} from '@fillwright/runtime';
import { bookDigest, decodeRecord, replayAccount } from '@fillwright/trading-engine';
import { recordLine } from './journal-text.ts';

/** Of a process: `<data>/<exchange>/<account>/trading-engine`, with the journal in a folder of this name. */
const JOURNAL_FOLDER = 'journal';

export interface JournalResult {
  readonly exitCode: ExitCode;
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

interface Place {
  readonly disk: Disk;
  readonly folder: string;
}

/** Every checksum and every link of the hash chain. Exit code 1 when something is not as it was written. */
export function verifyCommand(path: string): JournalResult {
  const { disk, folder } = placeOf(path);
  const found = inspectJournal(disk, folder);
  const { fault, torn, ...facts } = found;
  const json = { ok: fault === undefined, ...facts, ...(torn && { torn }), ...(fault && { fault }) };
  return { exitCode: fault === undefined ? EXIT.ok : EXIT.failed, json, lines: verifyLines(found) };
}

function verifyLines({ records, firstPos, lastPos, segments, bytes, torn, fault }: JournalInspection): readonly string[] {
  const size = `${records} records, positions ${firstPos} to ${lastPos}, ${segments} segments, ${bytes} bytes`;
  if (fault) {
    const where = `${fault.reason} in ${fault.file} at byte ${fault.offset}, where position ${fault.pos} should be`;
    return [`DAMAGED: ${where}`, `whole up to there: ${size}`];
  }
  const tail =
    torn && `the last ${torn.bytes} bytes of ${torn.file} are no whole record: a write going on, or a crash; a start cuts them off`;
  return [`sound: ${size}`, ...(tail ? [tail] : [])];
}

/** Folds the journal; with `digest` a SHA-256 over the state. */
export function replayCommand(path: string, options: { readonly toPos?: number; readonly digest: boolean }): JournalResult {
  const { disk, folder } = placeOf(path);
  const { toPos } = options;
  const { book, records, snapshotPos } = replayAccount({ disk, journalFolder: folder, ...(toPos !== undefined && { toPos }) });
  if (toPos !== undefined && book.lastPos !== toPos)
    throw new AppError('RUN_USAGE', `position ${toPos} is not in this journal: it can be told up to ${book.lastPos}`);
  const positions = book.positions.all().map(({ instrument, qty }) => ({ instrument, qty: decimalText(qty) }));
  const balances = book.balances().map(({ asset, wallet }) => ({ asset, wallet }));
  const facts = { pos: book.lastPos, records, snapshotPos, mode: book.mode, liveOrders: book.liveCount, positions, balances };
  const digest = options.digest ? { digest: bookDigest(book) } : {};
  const from = snapshotPos === 0 ? 'from the first record' : `from the snapshot at ${snapshotPos}`;
  return {
    exitCode: EXIT.ok,
    json: { ok: true, ...facts, ...digest },
    lines: [
      `position ${facts.pos}, ${records} records folded ${from}, mode ${book.mode}, ${book.liveCount} orders live`,
      ...positions.map(({ instrument, qty }) => `position ${instrument} ${qty}`),
      ...balances.map(({ asset, wallet }) => `balance ${asset} ${wallet}`),
      ...(digest.digest === undefined ? [] : [`digest ${digest.digest}`]),
    ],
  };
}

/** The newest records. */
export function tailCommand(path: string, count: number): JournalResult {
  const { disk, folder } = placeOf(path);
  const found = tailOfJournal(disk, folder, count).map(({ pos, payload }) => ({ pos, record: decodeRecord(payload) }));
  return {
    exitCode: EXIT.ok,
    json: { ok: true, records: found.map(({ pos, record }) => ({ pos, ...record })) },
    lines: found.map(({ pos, record }) => recordLine(pos, record)),
  };
}

/** The folder of the segment files itself, or that of the process, which has snapshots too. @throws AppError `RUN_USAGE` */
function placeOf(path: string): Place {
  const root = resolve(path);
  const candidates = [
    { disk: createReadOnlyDisk(root), folder: JOURNAL_FOLDER },
    { disk: createReadOnlyDisk(dirname(root)), folder: basename(root) },
  ];
  const place = candidates.find(({ disk, folder }) => firstKeptPos(disk, folder) !== undefined);
  if (place) return place;
  throw new AppError('RUN_USAGE', `no journal in ${root}, nor in ${join(root, JOURNAL_FOLDER)}: give the data folder of an engine`);
}
