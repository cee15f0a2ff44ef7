/** A simulated desk: an engine's journal, a market-server, the position-server under test, and somebody who watches what it says. */
import { parseAccountId } from '@fillwright/domain';
import { decodeMessage, type Message, type SnapshotReply } from '@fillwright/messages';
import { type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import { PositionServer, type PositionServerOptions } from '../src/mod.ts';
import { type DataOf, type Entry, FakeEngine, FakeMarketServer, type Journal } from './fake-peers.ts';
import { World } from './simulated-world.ts';

export const OPTIONS: PositionServerOptions = {
  processName: 'position_server_binance',
  exchange: 'BINANCE',
  account: parseAccountId('main'),
  endpoints: {
    positions: 'tcp://0.0.0.0:6003',
    enginePositions: 'tcp://0.0.0.0:7004',
    service: 'tcp://0.0.0.0:8003',
    tradeEvents: 'tcp://desk:6017',
    engineService: 'tcp://desk:8002',
    market: ['tcp://desk:6001'],
    marketService: 'tcp://desk:8001',
  },
};

export class Watcher {
  readonly #ports: Ports;
  readonly #service: ServiceClient;
  readonly messages: Message[] = [];

  constructor(ports: Ports) {
    const { bus, clock } = ports;
    this.#ports = ports;
    const sender = new Sender({ src: 'watcher', exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
    this.#service = new ServiceClient({ bus, endpoint: 'tcp://desk:8003', sender, clock });
  }

  start(): void {
    const onFrames = (frames: readonly Uint8Array[]) => {
      const decoded = decodeMessage(frames);
      if (decoded.ok) this.messages.push(decoded.message);
    };
    for (const port of [6003, 7004]) this.#ports.bus.connectSubscriber([`tcp://desk:${port}`], { onFrames }).subscribe('');
  }

  ask(onSnapshot: (snapshot: SnapshotReply) => void): void {
    this.#service.ask('service.snapshot-request', { topic: 'position.BINANCE.main.' }, 1_000, (result) => {
      if (result.ok && result.message.type === 'service.snapshot') onSnapshot(result.message.data);
    });
  }

  of<T extends Message['type']>(type: T): DataOf<T>[] {
    return this.messages.filter((message) => message.type === type).map((message) => message.data as never);
  }
}

export function house(options: { readonly seed?: number; readonly journal?: Journal } = {}) {
  const world = new World({ seed: options.seed ?? 1, outsideCalls: 'allow' });
  const journal: Journal = options.journal ?? [];
  let epoch = 100;
  const engine = world.spawn('desk/engine', (ports) => new FakeEngine(ports, journal, ++epoch));
  const market = world.spawn('desk/market', (ports) => new FakeMarketServer(ports));
  const watcher = world.spawn('desk/watcher', (ports) => new Watcher(ports));
  const server = world.spawn('desk/position-server', (ports) => new PositionServer(ports, OPTIONS));
  const run = (ms: number) => world.run({ untilUs: world.kernel.nowUs + ms * 1_000 });
  return {
    world,
    journal,
    engine,
    market,
    watcher,
    server,
    run,
    health: () => (server.service as PositionServer).health(),
    /** Journals and publishes inside the engine's process. */
    write: (...entries: readonly Entry[]) => {
      engine.incarnation.later(0, 'write', () => {
        for (const entry of entries) engine.service?.write(entry);
      });
    },
    mark: (price: string) => market.incarnation.later(0, 'mark', () => market.service?.mark(price)),
    /** Until it is in step with the engine. */
    live: () => world.runUntil(() => server.service?.health().facts?.journal === 'live', 'live position-server'),
    seen: () => watcher.service as Watcher,
  };
}
