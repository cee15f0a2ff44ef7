/** Reading INI files of other processes without their keys. */
import type { Environment } from '@fillwright/runtime';

/** Who only looks needs no keys of the account; they may live in another user's environment. */
export function withoutKeys(environment: Environment): Environment {
  return (name) => (/_API_(KEY|SECRET)$/.test(name) ? 'not-needed-here' : environment(name));
}
