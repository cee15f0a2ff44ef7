/** Tries every port before anything is started, so that a taken one is named with its process, key and file. */
import { AppError, type HttpServer } from '@fillwright/runtime';
import type { PlannedChild } from './plan.ts';

/** Who has a whole desk running needs no list of all its ports. */
const MAX_SHOWN = 4;
const ADVICE = 'stop the other process (an earlier start?), or give a folder of INI files with other ports: --config-dir DIR';

/** @throws AppError `RUN_PORT_IN_USE` | `RUN_LISTEN_FAILED` (as a rejection), naming all of them. */
export async function checkPorts(httpServer: HttpServer, children: readonly PlannedChild[]): Promise<void> {
  const taken: string[] = [];
  let code = 'RUN_PORT_IN_USE';
  const seen = new Map<number, string>();
  for (const { name, configPath, bindings } of children) {
    for (const { key, host, port } of bindings) {
      if (port === 0) continue;
      const place = `${key} of ${name} (${configPath})`;
      const other = seen.get(port);
      seen.set(port, place);
      if (other !== undefined) {
        taken.push(`port ${port}: both ${other} and ${place} want it`);
        continue;
      }
      const fault = await faultOf(httpServer, host, port);
      if (fault === undefined) continue;
      code = fault.code;
      taken.push(`port ${port}, ${place}: ${fault.code === 'RUN_PORT_IN_USE' ? 'another process has it' : fault.message}`);
    }
  }
  if (taken.length === 0) return;
  const shown = taken.slice(0, MAX_SHOWN).map((line) => `\n  ${line}`);
  const more = taken.length > MAX_SHOWN ? `\n  … and ${taken.length - MAX_SHOWN} more` : '';
  throw new AppError(code, `ports of the desk are not free:${shown.join('')}${more}\n${ADVICE}`, { details: { taken } });
}

async function faultOf(httpServer: HttpServer, host: string, port: number): Promise<AppError | undefined> {
  try {
    const listener = await httpServer.listen({ host, port }, { request: () => ({ type: 'reset' }) });
    await listener.close();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
