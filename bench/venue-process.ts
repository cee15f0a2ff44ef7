/** The simulated venue as a child of a benchmark: tells where it listens, ends with its parent. Argument: `walk` or `none`, its flow. */
import { DEMO_SYMBOLS, ExchangeSimulator, type SymbolOptions, simulatorOptions } from '@fillwright/exchange-simulator';
import { benchPorts } from './desk.ts';

/** A benchmark asks more often than any account may. */
const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 1e9, banMs: 1 };
/** Steps of synthetic flow per second and symbol: a busy market. */
const FLOW_RATE = 1_000;

const flow: SymbolOptions['flow'] = process.argv[2] === 'walk' ? 'walk' : 'none';
const { ports, drop } = benchPorts('exchange_simulator');
const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow, flowRate: FLOW_RATE }));
const venue = new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, symbols, limits: NO_LIMITS }));
await venue.start();
process.on('disconnect', () => {
  drop();
  process.exit(0);
});
process.send?.(venue.info);
