export type { ApiKeys, CredentialRefresh } from './common/live-credentials.ts';
export { AUTH_METHODS, type AuthMethod } from './common/sign.ts';
export { createBinanceFuturesExecution } from './futures-execution-adapter.ts';
export { createBinanceFuturesMarket } from './futures-market-adapter.ts';
export * from './futures-options.ts';
export { SELF_TRADE_MODES, type SelfTradeMode } from './http/order-params.ts';
export * from './venues.ts';
