export * from './catalog.ts';
export * from './envelope.ts';
export type * from './schemas/account.ts';
export type * from './schemas/command.ts';
export type * from './schemas/control.ts';
export type * from './schemas/market.ts';
export type * from './schemas/order.ts';
export type * from './schemas/service.ts';
export * from './topics.ts';
