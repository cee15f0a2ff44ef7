/** Epochs: each start of a process gets a higher one than all before it, also when the wall clock went back. */
import { AppError } from '../app-error.ts';
import type { Clock } from '../ports/clock.ts';
import { type Disk, DiskError } from '../ports/disk.ts';

/** Far above any second of this millennium: more digits are damage. */
const STORED = /^(\d{1,12})\n$/;

/**
 * `max(stored + 1, unix seconds now)`, stored in the file `name` before it is returned: whoever holds an epoch holds it alone.
 * @throws AppError `JRN_EPOCH_DAMAGED` when the file is not a number; AppError `JRN_EPOCH_FAILED` when the disk refuses
 */
export function nextEpoch(disk: Disk, clock: Clock, name: string): number {
  const unixSeconds = Math.floor(clock.wallUs() / 1_000_000);
  try {
    const epoch = Math.max(readStored(disk, name) + 1, unixSeconds);
    disk.writeAtomic(name, new TextEncoder().encode(`${epoch}\n`));
    return epoch;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    const message = `cannot store the epoch in ${name}: disk ${error.code}; without it a restart could repeat order ids, so this process must not start; make its data folder writable, with room, and start it again`;
    throw new AppError('JRN_EPOCH_FAILED', message, { cause: error, details: { file: name, disk: error.code } });
  }
}

function readStored(disk: Disk, name: string): number {
  if (!disk.exists(name)) return 0;
  const text = new TextDecoder().decode(disk.readWhole(name));
  const digits = STORED.exec(text)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new AppError(
    'JRN_EPOCH_DAMAGED',
    `the epoch file ${name} is not a number: check that the wall clock is right, then write into it one line with a number above the last epoch in the logs`,
    { details: { file: name } },
  );
}
