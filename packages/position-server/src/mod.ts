export { type FillResult, Ledger } from './ledger/ledger.ts';
export type { JournalPlace } from './ledger/ledger-tables.ts';
export type { PositionServerOptions } from './options.ts';
export { optionsFromConfig } from './options-from-config.ts';
export { PositionServer } from './position-server.ts';
