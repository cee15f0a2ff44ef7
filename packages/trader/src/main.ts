/** `trader [CONFIG]`. */
import { EXIT, runProcess, traderSpec } from '@fillwright/runtime';
import { loadStrategy } from './load-strategy.ts';
import { optionsFromConfig } from './options.ts';
import { Trader } from './trader.ts';

/** Time for the cancels of a strategy that failed to leave before the process ends. */
const LAST_WORDS_MS = 500;

await runProcess({
  name: 'trader',
  spec: traderSpec,
  defaultConfigPath: () => 'config/trader.ini',
  build: async (ports, config) => {
    const strategy = await loadStrategy(config.STRATEGY.MODULE, config.STRATEGY.CLASS);
    const trader = new Trader(ports, optionsFromConfig(config), strategy);
    trader.onBroken = () => ports.clock.after(LAST_WORDS_MS, () => ports.processes.exit(EXIT.failed));
    return trader;
  },
});
