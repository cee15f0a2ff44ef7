/** Wrongs that the checks of the simulated world must find out: switched on by name, in no other world. */
import type { Ports } from './ports.ts';

/** Whether this wrong is to be committed. */
export function mutated({ mutations }: Pick<Ports, 'mutations'>, name: string): boolean {
  return mutations?.has(name) === true;
}
