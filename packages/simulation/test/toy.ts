/** Four services that talk over every transport, with timers, promises and files: something for determinism to fail on. */
import type { HttpListener, Ports, PublisherSocket, ServerSocket, ServiceClientSocket } from '@fillwright/runtime/ports';
import { World, type WorldOptions } from '../src/mod.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Ticks over WebSocket, answers orders over HTTP. */
export class ToyExchange {
  readonly #ports: Ports;
  readonly #sockets = new Set<ServerSocket>();
  listener: HttpListener | undefined;
  #price = 1_000;
  orders = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    this.listener = await this.#ports.httpServer.listen(
      { host: '0.0.0.0', port: 5080 },
      {
        request: async ({ body }) => {
          this.orders++;
          await Promise.resolve();
          return { type: 'reply', status: 200, body: `filled ${body} at ${this.#price}` };
        },
        socket: (_upgrade, socket) => {
          this.#sockets.add(socket);
          return { onMessage: () => {}, onPing: () => {}, onPong: () => {}, onClose: () => this.#sockets.delete(socket) };
        },
      },
    );
    this.#tick();
  }

  #tick(): void {
    this.#price += this.#ports.random.below(11) - 5;
    for (const socket of this.#sockets) socket.send(`{"price":${this.#price}}`);
    this.#ports.clock.after(1 + this.#ports.random.below(3), () => this.#tick());
  }
}

/** Turns the WebSocket into bus messages. */
export class ToyFeed {
  readonly #ports: Ports;
  #publisher: PublisherSocket | undefined;
  #seq = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    this.#publisher = await this.#ports.bus.bindPublisher('tcp://0.0.0.0:6001');
    this.#connect();
  }

  #connect(): void {
    this.#ports.webSocket.connect(
      { url: 'ws://venue:5080/stream', connectTimeoutMs: 1_000, maxMessageBytes: 10_000 },
      {
        onOpen: () => {},
        onMessage: (message) => this.#publisher?.send('md.BTC.', bytes(`${++this.#seq} ${message} ${this.#ports.clock.wallUs()}`)),
        onPing: () => {},
        onPong: () => {},
        onClose: () => void this.#ports.clock.after(50, () => this.#connect()),
      },
    );
  }
}

/** Buys on some ticks, journals, asks the clerk. */
export class ToyTrader {
  readonly #ports: Ports;
  #clerk: ServiceClientSocket | undefined;
  ticks = 0;
  answers = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { bus } = this.#ports;
    this.#clerk = bus.connectService('tcp://desk:8001', { onFrames: () => this.answers++ });
    bus.connectSubscriber(['tcp://desk:6001'], { onFrames: ([, body]) => void this.#onTick(text(body)) }).subscribe('md.');
  }

  async #onTick(tick: string): Promise<void> {
    this.ticks++;
    const journal = this.#ports.disk.open('journal/1');
    journal.append(bytes(`${tick}\n`));
    journal.close();
    if (this.#ports.random.float() < 0.2) return;
    const results = await Promise.all(['a', 'b'].map((half) => this.#order(`${tick} ${half}`)));
    this.#clerk?.send(bytes(results.join('|')));
  }

  async #order(body: string): Promise<string> {
    const result = await this.#ports.http.request({ method: 'POST', url: 'http://venue:5080/order', headers: {}, body, timeoutMs: 1_000 });
    return result.type === 'response' ? `${result.body} ${result.elapsedUs}` : result.reason;
  }
}

/** Books what it is told, and answers late. */
export class ToyClerk {
  readonly #ports: Ports;
  booked = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const database = this.#ports.store.open('ledger');
    database.exec('CREATE TABLE IF NOT EXISTS ledger (line TEXT)');
    const insert = database.prepare('INSERT INTO ledger VALUES (?)');
    const service = await this.#ports.bus.bindService('tcp://0.0.0.0:8001', {
      onRequest: (peer, [body]) => {
        insert.run(text(body));
        this.booked++;
        this.#ports.clock.after(this.#ports.random.float(), () => service.reply(peer, bytes(`booked ${this.booked}`)));
      },
    });
  }
}

export interface Toy {
  readonly world: World;
  readonly exchange: ReturnType<typeof spawnToy>['exchange'];
  readonly trader: ReturnType<typeof spawnToy>['trader'];
}

export function spawnToy(options: WorldOptions) {
  const world = new World(options);
  const exchange = world.spawn('venue/exchange', (ports) => new ToyExchange(ports));
  const feed = world.spawn('desk/feed', (ports) => new ToyFeed(ports));
  const clerk = world.spawn('desk/clerk', (ports) => new ToyClerk(ports));
  const trader = world.spawn('desk/trader', (ports) => new ToyTrader(ports));
  return { world, exchange, feed, clerk, trader };
}
