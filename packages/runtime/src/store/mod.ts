/** SQLite alone, without any transport: on disk, and in memory for the simulated world. */
export type { MemoryStore } from './memory-store.ts';
export { createMemoryStore } from './memory-store.ts';
export { createSqliteStore } from './sqlite-store.ts';
