/** What one check of the contract is: a row of the matrix, run for every client, with the breaks of the venue that it must notice. */
import type { SimulatorOptions } from '@fillwright/exchange-simulator';
import type { Break } from '../breaks/break.ts';
import type { ClientDesk } from '../clients/client-desk.ts';

/** What the contract asks for, in the order of a client's life. */
export const AREAS = [
  'markets',
  'orders',
  'changes of orders',
  'positions and balances',
  'conditional orders',
  'market streams',
  'user stream',
  'listen key',
  'local book',
  'modes',
  'access',
  'unknown outcomes',
  'WS-API',
  'refusals',
] as const;
export type Area = (typeof AREAS)[number];

export interface Check {
  /** Its row; a client names it to excuse itself. */
  readonly id: string;
  readonly area: Area;
  /** What the client is held to: the name of the test. */
  readonly name: string;
  /** Codes of refusals that it looks at. */
  readonly codes?: readonly number[];
  /** Wrongs of the venue, each of which must turn it red. */
  readonly breaks: readonly Break[];
  readonly options?: Partial<SimulatorOptions>;
  /** How long to wait for what should come while the venue is wrong, when the usual is too short for a client. */
  readonly patienceMs?: number;
  run(desk: ClientDesk): Promise<void>;
}
