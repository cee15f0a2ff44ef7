/** A process on the bus for tests: one publisher and one service socket, on any free ports. */
import { type EdgePorts, FeedPublisher, Sender, ServiceServer, type ServiceServerOptions } from '@fillwright/runtime';

const STATE = () => ({ state: 'ready' as const, reasons: [] });

export interface TestProcess {
  readonly publisher: string;
  readonly service: string;
  close(): Promise<void>;
}

export async function startProcess(ports: EdgePorts, options: Partial<ServiceServerOptions> = {}): Promise<TestProcess> {
  const sender = new Sender({ src: 'test_process', exchange: 'BINANCE', account: 'main', epoch: 7 }, ports.clock);
  const socket = await ports.bus.bindPublisher('tcp://127.0.0.1:*');
  const publisher = new FeedPublisher({
    socket,
    clock: ports.clock,
    sender,
    channel: 'test',
    streams: ['order', 'position'],
    state: STATE,
  });
  publisher.start();
  const server = await ServiceServer.bind({
    ...{ bus: ports.bus, clock: ports.clock, sender, endpoint: 'tcp://127.0.0.1:*', version: '0', publishers: [publisher], state: STATE },
    ...options,
  });
  return {
    publisher: socket.endpoint,
    service: server.endpoint,
    close: async () => {
      await server.close();
      await publisher.close();
    },
  };
}
