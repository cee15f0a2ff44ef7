/** The environment: the one place where it is read. A variable may also stand in a file that `<NAME>_FILE` names. */
import { readSecretFile } from '../bus/curve/key-files.ts';
import type { Secrets } from '../ports/secrets.ts';

/** `environment` throws `CFG_SECRET_UNREADABLE` | `CFG_SECRET_EXPOSED` when such a file is absent, or open to other users. */
export function createSecrets(environment: Readonly<Record<string, string | undefined>> = process.env): Secrets {
  const variable = (name: string): string | undefined => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === '' ? undefined : value;
  };
  return {
    environment: (name) => {
      const file = variable(`${name}_FILE`);
      return variable(name) ?? (file === undefined ? undefined : readSecretFile(file));
    },
  };
}
