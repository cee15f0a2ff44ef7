export type { FaultKind, FaultRule } from './fault/fault-desk.ts';
export { FaultDesk } from './fault/fault-desk.ts';
export { ENDPOINTS } from './http/endpoints.ts';
export { WEB_SOCKET_METHODS } from './http/web-socket-methods.ts';
export type { BracketOption, SymbolOptions } from './market/symbol-spec.ts';
export type { AccountOptions, DelayOptions, SimulatorOptions, StreamOptions } from './options/options.ts';
export { DEFAULT_OPTIONS, DEMO_ACCOUNTS, DEMO_SYMBOLS, SYMBOL_DEFAULTS, simulatorOptions } from './options/options.ts';
export type { ReadyInfo, SimulatorPorts } from './simulator.ts';
export { ExchangeSimulator } from './simulator.ts';
