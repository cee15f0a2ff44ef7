/** The ports alone, without any live implementation: what the simulated world and pure code import. */
export { AppError } from '../app-error.ts';
export type * from './bus.ts';
export type * from './clock.ts';
export type { Disk, DiskErrorCode, DiskFile } from './disk.ts';
export { DiskError } from './disk.ts';
export type * from './http-client.ts';
export type * from './http-server.ts';
export type { Log, LogFields, LogLevel } from './log.ts';
export { Secret } from './log.ts';
export type * from './metrics.ts';
export { mutated } from './mutations.ts';
export type * from './ports.ts';
export type * from './processes.ts';
export type * from './random.ts';
export type * from './secrets.ts';
export type * from './store.ts';
export type * from './terminal.ts';
export type * from './web-socket.ts';
