/** The venue as the benchmarks run it: real sockets, no limits, no flow, nothing written. */
import { createHttpServer, createSystemClock, createSystemRandom } from '@fillwright/runtime';
import { DEMO_SYMBOLS, ExchangeSimulator, simulatorOptions } from '../src/mod.ts';
import { MemoryDisk, SILENT_LOG } from '../test/kit.ts';

const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 1e9, banMs: 1 };

export async function openVenue(): Promise<ExchangeSimulator> {
  const clock = createSystemClock();
  const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  const ports = { clock, log: SILENT_LOG, random: createSystemRandom(), httpServer: createHttpServer({ clock }), disk: new MemoryDisk() };
  const venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols, limits: NO_LIMITS }));
  await venue.start();
  return venue;
}
