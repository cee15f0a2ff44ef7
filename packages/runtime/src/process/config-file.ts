/** Reads and checks the configuration file of a process. */
import { readFileSync } from 'node:fs';
import { AppError } from '../app-error.ts';
import { type ConfigWarning, faultText } from '../config/faults.ts';
import type { ConfigSpec, SpecSections, SpecValue } from '../config/key.ts';
import { type Environment, loadConfig } from '../config/load.ts';

export interface LoadedConfig<V> {
  readonly value: V;
  readonly warnings: readonly ConfigWarning[];
}

/** @throws AppError `CFG_FILE_UNREADABLE` | `CFG_FAULTS`, the latter with every fault of the file, one a line. */
export function readConfigFile<P extends SpecSections>(
  spec: ConfigSpec<P>,
  path: string,
  environment: Environment,
): LoadedConfig<SpecValue<P>> {
  const result = loadConfig(spec, readConfigText(path), path, environment);
  if (result.ok) return { value: result.value, warnings: result.warnings };
  const { faults } = result;
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const message = `${path} has ${count}; mend and start again (docs/configuration.md has every key):\n${faults.map((fault) => `  ${faultText(fault)}`).join('\n')}`;
  throw new AppError('CFG_FAULTS', message, { details: { faults } });
}

/** @throws AppError `CFG_FILE_UNREADABLE` */
export function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = absent ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    const message = `cannot read the configuration ${path}: ${why}; give the path of an INI file (examples are in config/)`;
    throw new AppError('CFG_FILE_UNREADABLE', message, { cause: error });
  }
}
