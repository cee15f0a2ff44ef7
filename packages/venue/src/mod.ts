export type * from './adapter.ts';
export * from './outcome.ts';
export type * from './reports.ts';
