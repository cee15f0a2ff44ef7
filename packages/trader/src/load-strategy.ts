/** Finds the strategy class an INI file names: in a package, or in a file relative to the working directory. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '@fillwright/runtime';
import { Strategy } from './strategy.ts';

/** @throws AppError `TRD_STRATEGY_NOT_FOUND` naming module, class and what the module does export. */
export async function loadStrategy(module: string, className: string): Promise<Strategy> {
  const specifier = /^[./]/.test(module) ? pathToFileURL(resolve(module)).href : module;
  let exported: Record<string, unknown>;
  try {
    exported = (await import(specifier)) as Record<string, unknown>;
  } catch (cause) {
    throw new AppError('TRD_STRATEGY_NOT_FOUND', `[STRATEGY] MODULE ${module} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  const found = exported[className];
  if (typeof found === 'function' && found.prototype instanceof Strategy) return new (found as new () => Strategy)();
  const names = Object.keys(exported).filter((name) => typeof exported[name] === 'function');
  const problem = found === undefined ? 'does not export it' : 'exports it, but it does not extend Strategy of @fillwright/trader';
  throw new AppError(
    'TRD_STRATEGY_NOT_FOUND',
    `[STRATEGY] CLASS ${className}: ${module} ${problem}; classes there: ${names.join(', ') || 'none'}`,
  );
}
