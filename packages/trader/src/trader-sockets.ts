/** What a trader opens: the publisher of its commands, its service socket, and the links to market-server, engine and position-server. */
import { accountTopic, type HeartbeatMessage, type MessageData } from '@fillwright/messages';
import {
  AppError,
  CommandSender,
  FeedLink,
  FeedPublisher,
  type Ports,
  type PublisherState,
  type Sender,
  ServiceClient,
  ServiceServer,
} from '@fillwright/runtime';
import type { TraderOptions } from './options.ts';

const VERSION = '0.1.0';

export interface TraderLinks {
  readonly market: FeedLink;
  readonly orders: FeedLink;
  readonly positions: FeedLink;
}

export interface TraderSockets {
  readonly publisher: FeedPublisher;
  readonly commands: CommandSender;
  readonly links: TraderLinks;
  close(): Promise<void>;
}

export type ControlResult = { readonly code: string; readonly text: string } | { readonly text: string };

export interface SocketHooks {
  readonly state: () => PublisherState;
  readonly onControl: (control: MessageData<'service.control'>) => ControlResult;
  readonly onEngineHeartbeat: (heartbeat: HeartbeatMessage, epoch: number) => void;
}

/** @throws AppError `RUN_PORT_IN_USE` | `TRD_ENDPOINTS` (as a rejection). */
export async function openSockets(ports: Ports, options: TraderOptions, sender: Sender, hooks: SocketHooks): Promise<TraderSockets> {
  const { bus, clock, log, metrics } = ports;
  const { endpoints, exchange, account } = options;
  const { state } = hooks;
  const socket = await bus.bindPublisher(endpoints.commands);
  // Commands are never replayed: that would execute old ones.
  const publisher = new FeedPublisher({ socket, clock, sender, channel: 'commands', streams: ['command'], state, ringSize: 0 });
  const service = await ServiceServer.bind({
    bus,
    clock,
    log,
    metrics,
    sender,
    state,
    endpoint: endpoints.service,
    version: VERSION,
    publishers: [publisher],
    handlers: {
      'service.control': (request, respond) => {
        const result = hooks.onControl(request.data);
        if ('code' in result) respond('service.error', result);
        else respond('service.ok', result);
      },
    },
  });
  const client = (endpoint: string) => new ServiceClient({ bus, clock, sender, endpoint });
  const clients = {
    market: client(endpoints.marketService),
    orders: client(endpoints.engineService),
    positions: client(endpoints.positionService),
  };
  const common = { bus, clock, log, metrics, sender };
  const links: TraderLinks = {
    market: new FeedLink({ ...common, endpoint: only(endpoints.market), service: clients.market }),
    orders: new FeedLink({
      ...common,
      endpoint: only(endpoints.orders),
      service: clients.orders,
      onHeartbeat: (heartbeat, message) => hooks.onEngineHeartbeat(heartbeat, message.epoch),
    }),
    positions: new FeedLink({ ...common, endpoint: only(endpoints.positions), service: clients.positions }),
  };
  const commands = new CommandSender({
    clock,
    publisher,
    topic: accountTopic('command', exchange, account),
    // All traders of an account read the same answers: an id without the tag could be another one's.
    nextId: () => `${options.ownerTag}${sender.nextId()}`,
  });
  const close = async (): Promise<void> => {
    commands.close();
    await Promise.all([links.market.close(), links.orders.close(), links.positions.close()]);
    await Promise.all([clients.market.close(), clients.orders.close(), clients.positions.close()]);
    await service.close();
    await publisher.close();
  };
  return { publisher, commands, links, close };
}

/** One engine, one market-server, one position-server per trader. */
function only(endpoints: readonly string[]): string {
  const [endpoint, ...more] = endpoints;
  if (endpoint === undefined || more.length > 0)
    throw new AppError('TRD_ENDPOINTS', 'a trader listens to exactly one endpoint of each kind');
  return endpoint;
}
