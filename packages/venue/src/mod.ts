export type * from './adapter.ts';
export type * from './order-batches.ts';
export * from './outcome.ts';
export type * from './reports.ts';
