/**
 * How much memory a process takes beyond what it keeps: little, and the same all day. Left alone, V8 lets both generations of the heap grow
 * and shrink by tens of megabytes, and the allocator of the system keeps a pool for each thread.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * For whoever starts a process of ours; V8 reads these only at its start. The young generation has one size, a small one: a pause is shorter, and the
 * caches keep it. Pages that a collection frees go back to the system, not into a pool of up to ten megabytes that comes and goes. And a calm process
 * does not give the young generation's pages away just to take them back: with the reducer its memory goes up and down by them all day.
 * A collection moves together what lies in pieces, code included. And code is compiled in three steps instead of four: what runs once a second
 * was compiled once more in the course of an hour.
 */
export const MEMORY_FLAGS: readonly string[] = [
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--no-memory-pool',
  '--no-memory-reducer',
  '--no-maglev',
  '--memory-saver-mode',
];
/**
 * The same for the environment, where glibc allocates: a pool for each thread, since what a compiler takes for a moment in the pool of the main
 * thread is not given back; and buffers from 128 KiB on of their own, given back when they are freed. Left alone it moves that bound up to the
 * largest buffer ever freed, and each snapshot that is a little larger than the last lengthens the pool.
 */
export const MEMORY_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '16',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
/**
 * The old generation may grow by 30 % (V8: by 16 MB at the least) after a collection, and the next one begins, step by step beside the work, when
 * a fifth of that is used. V8's own rule for large machines lets it become four times as large, which takes a calm process hours.
 */
const OLD_GENERATION = ['--heap-growing-percent=30', '--incremental-marking-soft-trigger=20', '--incremental-marking-hard-trigger=30'];

/** For the process itself, early in its life. */
export function collectOften(): void {
  for (const flag of OLD_GENERATION) setFlagsFromString(flag);
}
