export { type FillResult, Ledger } from './ledger/ledger.ts';
