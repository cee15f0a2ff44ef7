/** Reading INI files of other processes: their text, and their endpoints without their keys. */
import { readFileSync } from 'node:fs';
import { AppError, type Environment } from '@fillwright/runtime';

/** @throws AppError `CFG_FILE_UNREADABLE` */
export function configText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `cannot read the configuration ${path}: ${why}; give the path of an INI file (examples are in config/)`;
    throw new AppError('CFG_FILE_UNREADABLE', message, { cause: error });
  }
}

/** Who only looks needs no keys of the account; they may live in another user's environment. */
export function withoutKeys(environment: Environment): Environment {
  return (name) => (/_API_(KEY|SECRET)$/.test(name) ? 'not-needed-here' : environment(name));
}
