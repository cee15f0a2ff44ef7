export { MarketServer } from './market-server.ts';
export type { MarketServerOptions } from './options.ts';
export { adapterFromConfig, optionsFromConfig } from './options-from-config.ts';
