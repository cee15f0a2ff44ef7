/** The environment: the one place where it is read. */
import type { Secrets } from '../ports/secrets.ts';

export function createSecrets(environment: Readonly<Record<string, string | undefined>> = process.env): Secrets {
  return {
    environment: (name) => {
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      return value === '' ? undefined : value;
    },
  };
}
