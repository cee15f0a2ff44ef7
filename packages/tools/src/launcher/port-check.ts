/** Tries every port before anything is started, so that a taken one is named with its process, key and file. */
import { AppError, type HttpServer } from '@fillwright/runtime';
import type { PlannedChild } from './plan.ts';

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
  const advice =
    'stop the other process (an earlier start that was killed?), or set other ports in the INI files and give their folder with --config-dir';
  throw new AppError(code, `${taken.join('; ')}; ${advice}`, { details: { taken } });
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
