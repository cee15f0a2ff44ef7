export { AccountBook } from './account/account-book.ts';
export { bookDigest, bookText } from './account/book-digest.ts';
export * from './account/record.ts';
export { decodeRecord, encodeRecord } from './account/record-codec.ts';
export { type Replay, type ReplayRequest, replayAccount } from './account/replay.ts';
export type { EngineOptions } from './options.ts';
export { adapterFromConfig, optionsFromConfig } from './options-from-config.ts';
export { TradingEngine } from './trading-engine.ts';
