export * from './decimal.ts';
export * from './ids.ts';
export * from './time.ts';
