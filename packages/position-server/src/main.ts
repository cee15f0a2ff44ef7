/** `position-server EXCHANGE [CONFIG]`. */
import { configPerExchange, EXIT, positionServerSpec, runProcess } from '@fillwright/runtime';
import { optionsFromConfig } from './options-from-config.ts';
import { PositionServer } from './position-server.ts';

await runProcess({
  name: 'position-server',
  spec: positionServerSpec,
  defaultConfigPath: configPerExchange('position_server'),
  build: (ports, config) => {
    const server = new PositionServer(ports, optionsFromConfig(config));
    server.onMended = () => ports.processes.exit(EXIT.failed);
    return server;
  },
});
