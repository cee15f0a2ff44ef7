export { TwoSidedQuoter } from './two-sided-quoter.ts';
