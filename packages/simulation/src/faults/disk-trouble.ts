/** Disks that are slow, full, refuse to be written, or tear what is being written when its process dies. */
import type { DiskErrorCode } from '@fillwright/runtime/ports';
import type { DiskImage } from '../kernel/disk-image.ts';
import type { SeededRandom } from '../kernel/seeded-random.ts';
import type { SimulatedProcess } from '../kernel/world.ts';

/** Every operation takes up to `mostUs`. */
export function slow(disk: DiskImage, mostUs: number, random: SeededRandom): () => void {
  return swap(disk, { before: () => ({ delayUs: random.below(mostUs) }) });
}

/** Each sync takes this long. */
export function slowSync(disk: DiskImage, us: number): () => void {
  return swap(disk, { before: ({ name }) => (name === 'sync' ? { delayUs: us } : undefined) });
}

/** Nothing can be written. */
export function refuseWrites(disk: DiskImage, error: DiskErrorCode): () => void {
  const writes: readonly string[] = ['append', 'truncate', 'sync', 'write-atomic', 'remove'];
  return swap(disk, { before: ({ name }) => (writes.includes(name) ? { error } : undefined) });
}

/** Room for `bytes` more. */
export function fill(disk: DiskImage, bytes: number): () => void {
  disk.capacityBytes = disk.usedBytes + bytes;
  return () => {
    disk.capacityBytes = Number.POSITIVE_INFINITY;
  };
}

/** The process dies in its next append, of which only a part is in the file. */
export function tearNextAppend(disk: DiskImage, process: SimulatedProcess<object>, random: SeededRandom, die: () => void): () => void {
  const { incarnation } = process;
  const undo = swap(disk, {
    before: ({ name, bytes }) => {
      if (name !== 'append' || incarnation.dead) return undefined;
      undo();
      die();
      return { error: 'failed', tornBytes: random.below(bytes) };
    },
  });
  return undo;
}

function swap(disk: DiskImage, faults: NonNullable<DiskImage['faults']>): () => void {
  disk.faults = faults;
  return () => {
    if (disk.faults === faults) disk.faults = undefined;
  };
}
