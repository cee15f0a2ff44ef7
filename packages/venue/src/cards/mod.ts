export type * from './bench.ts';
export * from './card.ts';
export { CARDS } from './catalogue.ts';
export { CardFailure, storyOf } from './check.ts';
export { type PlayOptions, playCards } from './play.ts';
