/** `market-server EXCHANGE [CONFIG]`. */
import { configPerExchange, exitCodeOf, marketServerSpec, runProcess } from '@fillwright/runtime';
import { MarketServer } from './market-server.ts';
import { adapterFromConfig, optionsFromConfig } from './options-from-config.ts';
import { venueMetrics } from './venue-metrics.ts';

await runProcess({
  name: 'market-server',
  spec: marketServerSpec,
  defaultConfigPath: configPerExchange('market_server'),
  build: (ports, config) => {
    const adapter = adapterFromConfig(config, ports, venueMetrics(ports.metrics));
    const server = new MarketServer(ports, optionsFromConfig(config), adapter);
    server.onBroken = (error) => ports.processes.exit(exitCodeOf(error));
    return server;
  },
});
