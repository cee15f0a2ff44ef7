import { parseAccountId, type UsTime, usTime } from '@fillwright/domain';
import { decodeMessage, type Message, type SnapshotReply, setSendValidation } from '@fillwright/messages';
import { FeedLink, FeedPublisher, type Metrics, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MarketServer, type MarketServerOptions } from '../src/mod.ts';
import { BTC, FakeMarket, instrument, SOL } from './fake-market.ts';
import { World } from './simulated-world.ts';

beforeAll(() => setSendValidation(true));

const FAILED = { type: 'failed', reason: { code: 'HTTP_503', text: 'the exchange is down' } } as const;
const OPTIONS: MarketServerOptions = {
  processName: 'market_server_binance',
  exchange: 'BINANCE',
  account: parseAccountId('main'),
  endpoints: { market: 'tcp://0.0.0.0:6001', service: 'tcp://0.0.0.0:8001' },
  symbols: ['BTCUSDT', 'SOLUSDT'],
  depthLevels: 5,
  reconnectAlarmAfter: 3,
};

/** Sees every frame of the publisher, and can ask its service. */
class Watcher {
  readonly #ports: Ports;
  readonly messages: Message[] = [];
  readonly client: ServiceClient;
  snapshot: SnapshotReply | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    const sender = new Sender({ src: 'watcher', exchange: 'BINANCE', account: 'main', epoch: 1 }, ports.clock);
    this.client = new ServiceClient({ bus: ports.bus, endpoint: 'tcp://desk:8001', sender, clock: ports.clock });
  }

  start(): void {
    const onFrames = (frames: readonly Uint8Array[]) => {
      const decoded = decodeMessage(frames);
      if (decoded.ok) this.messages.push(decoded.message);
    };
    this.#ports.bus.connectSubscriber(['tcp://desk:6001'], { onFrames }).subscribe('');
  }

  ask(topic: string): void {
    this.client.ask('service.snapshot-request', { topic }, 1_000, (result) => {
      if (result.ok && result.message.type === 'service.snapshot') this.snapshot = result.message.data;
    });
  }

  of<T extends Message['type']>(type: T): Extract<Message, { type: T }>['data'][] {
    return this.messages.filter((message) => message.type === type).map((message) => message.data as never);
  }
}

/** Says in its state until when it was told to be quiet. */
class ScriptedEngine {
  readonly #ports: Ports;
  #publisher: FeedPublisher | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { bus, clock } = this.#ports;
    const sender = new Sender({ src: 'engine', exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
    const socket = await bus.bindPublisher('tcp://0.0.0.0:6002');
    const state = () => ({ state: 'ready', reasons: [] }) as const;
    this.#publisher = new FeedPublisher({ socket, clock, sender, channel: '6002', streams: ['engine'], state });
  }

  isBannedUntil(quietUntilTs: UsTime): void {
    const standing = { state: 'degraded', mode: 'normal', reasons: [], streamUp: true, unknownOrders: 0, openOrders: 0 } as const;
    this.#publisher?.publish('engine.BINANCE.main.', 'engine.state', { ...standing, reasons: [], quietUntilTs });
  }
}

async function house(options: Partial<MarketServerOptions> = {}, prepare: (market: FakeMarket) => void = () => undefined) {
  const world = new World({ seed: 1, outsideCalls: 'allow' });
  const market = new FakeMarket();
  prepare(market);
  const watcher = world.spawn('desk/watcher', (ports) => new Watcher(ports));
  let metrics: Metrics | undefined;
  const build = (ports: Ports) => {
    metrics = ports.metrics;
    return new MarketServer(ports, { ...OPTIONS, ...options }, market);
  };
  const server = world.spawn('desk/market-server', build, { delayUs: 10_000 });
  const run = (ms: number) => world.run({ untilUs: world.kernel.nowUs + ms * 1_000 });
  const seen = () => watcher.service as Watcher;
  const health = () => (server.service as MarketServer).health();
  /** Inside the server's process, as an event of the venue is. */
  const venue = async (tell: () => void, ms = 500) => {
    server.incarnation.later(0, 'venue', tell);
    await run(ms);
  };
  const measured = () => metrics?.summary() ?? {};
  return { world, market, server, run, seen, health, venue, measured };
}

describe('instruments', () => {
  it('are published once each, again when they change, and all of them in the snapshot', async () => {
    const changed = ['BTCUSDT', 'SOLUSDT'].map((symbol) => instrument(symbol, { maxOpenOrders: symbol === 'SOLUSDT' ? 100 : 200 }));
    const { run, seen } = await house({}, (market) => {
      // Only then is the watcher connected when the first list comes.
      market.answers.unshift(FAILED);
      market.answers.push({ type: 'answered', value: changed });
    });

    await run(1_000);
    expect(
      seen()
        .of('market.instrument')
        .map(({ symbol }) => symbol),
    ).toEqual(['BTCUSDT', 'SOLUSDT', 'ETHUSDT']);

    await run(310_000);
    const later = seen().of('market.instrument').slice(3);
    expect(later).toEqual([
      expect.objectContaining({ symbol: 'SOLUSDT', maxOpenOrders: 100, trading: true }),
      expect.objectContaining({ symbol: 'ETHUSDT', trading: false }),
    ]);

    await run(310_000);
    seen().ask('instrument.BINANCE.main.');
    await run(100);
    expect(seen().snapshot?.instruments).toHaveLength(3);
    expect(seen().of('market.instrument')).toHaveLength(5);
  });

  it('are asked for until the exchange answers; meanwhile it says why it is not ready', async () => {
    const { run, health, market } = await house({}, (one) => one.answers.unshift(FAILED, FAILED, FAILED));

    await run(1_200);
    expect(health()).toMatchObject({ ready: false, state: 'degraded', reasons: [expect.stringContaining('the exchange is down')] });
    expect(market.started).toBeUndefined();

    await run(10_000);
    expect(market.started).toEqual(['BTCUSDT', 'SOLUSDT']);
    expect(market.depthLevels).toBe(5);
  });

  it('refuse to start on a symbol that does not exist, naming the key and what was meant', async () => {
    const { world, run } = await house({ symbols: ['BTCUSDT', 'SOLUSD'] });
    const failures: unknown[] = [];
    world.onStartFailed = (_, error) => failures.push(error);

    await run(1_000);

    expect(failures).toEqual([
      expect.objectContaining({
        code: 'CFG_UNKNOWN_SYMBOL',
        message: expect.stringMatching(/\[MARKET\] SYMBOLS.*SOLUSD \(did you mean SOLUSDT\?\)/),
      }),
    ]);
  });

  it('end a process that learns of a wrong symbol only after its start', async () => {
    const { run, server, health } = await house({ symbols: ['NOPE'] }, (market) => market.answers.unshift(FAILED));
    const broken: unknown[] = [];
    await run(100);
    (server.service as MarketServer).onBroken = (error) => broken.push(error);

    await run(5_000);

    expect(broken).toEqual([expect.objectContaining({ code: 'CFG_UNKNOWN_SYMBOL' })]);
    expect(health().state).toBe('halted');
  });
});

describe('best prices', () => {
  it('are published on each change of price or quantity and not otherwise', async () => {
    const { run, seen, market, venue } = await house();
    await run(1_000);

    await venue(() => {
      market.ticker('100.10', '100.20');
      market.ticker('100.1', '100.2');
      market.ticker('100.1', '100.2', { bidQty: '1.5' });
      market.ticker('100.0', '0', { askQty: '0' });
    });

    expect(
      seen()
        .of('market.ticker')
        .map(({ bid, bidQty, ask, askQty }) => [bid, bidQty, ask, askQty]),
    ).toEqual([
      ['100.1', '1', '100.2', '2'],
      ['100.1', '1.5', '100.2', '2'],
      ['100', '1', '0', '0'],
    ]);
  });

  it('come from the book while the venue sends none, and from the venue alone afterwards', async () => {
    const { run, seen, market, venue } = await house();
    await run(1_000);

    await venue(() => market.depth([['99.0', '3']], [['101.0', '4']], '1'));
    await venue(() => market.ticker('99.5', '101'));
    await venue(() => market.depth([['98', '3']], [['101', '4']], '2'));
    await venue(() => market.link('public-1', false, 'cut'));
    await venue(() => market.depth([['97', '3']], [], '3'));

    expect(
      seen()
        .of('market.ticker')
        .map(({ bid, ask }) => [bid, ask]),
    ).toEqual([
      ['99', '101'],
      ['99.5', '101'],
      ['97', '0'],
    ]);
  });
});

describe('books', () => {
  it('are published at once, then at most every 50 ms, the newest always', async () => {
    const { run, seen, market, venue, world } = await house();
    await run(1_000);

    await venue(() => {
      for (let step = 0; step < 30; step++) {
        world.kernel.at(world.kernel.nowUs + step * 5_000, 'depth', undefined, () =>
          market.depth([[String(100 + step), '1']], [['200', '1']], String(step)),
        );
      }
    }, 1_000);

    const ids = seen()
      .of('market.depth')
      .map(({ updateId }) => Number(updateId));
    expect(ids[0]).toBe(0);
    expect(ids.at(-1)).toBe(29);
    expect(ids.length).toBe(4);
  });
});

describe('trades and marks', () => {
  it('are all published, as text and whole microseconds', async () => {
    const { run, seen, market, venue } = await house();
    await run(1_000);

    await venue(() => {
      market.trade(1);
      market.trade(2);
      market.mark('100.50');
      market.mark('100.50');
    });

    expect(
      seen()
        .of('market.trade')
        .map(({ tradeId, price, qty, aggressor }) => [tradeId, price, qty, aggressor]),
    ).toEqual([
      ['1', '100.5', '0.1', 'sell'],
      ['2', '100.5', '0.1', 'sell'],
    ]);
    expect(seen().of('market.mark')).toHaveLength(2);
    expect(seen().of('market.mark')[0]).toMatchObject({ instrument: BTC, mark: '100.5', fundingRate: '-0.0001' });
  });

  it('of symbols that are not configured are dropped', async () => {
    const { run, seen, market, venue } = await house({ symbols: ['SOLUSDT'] });
    await run(1_000);

    await venue(() => market.ticker('1', '2'));

    expect(seen().of('market.ticker')).toEqual([]);
  });
});

describe('metrics', () => {
  it('count frames and publications by stream and tell the time from the venue to us', async () => {
    const { run, market, venue, measured } = await house();
    await run(1_000);
    await venue(() => {
      market.ticker('1', '2');
      market.ticker('1', '2');
      market.mark('1.5');
    });

    expect(measured()).toMatchObject({
      'fillwright_market_frames_total{stream="ticker"}': 2,
      'fillwright_market_published_total{stream="ticker"}': 1,
      'fillwright_market_published_total{stream="mark"}': 1,
    });
    expect(Object.keys(measured()).filter((name) => name.includes('market_lag_us'))).not.toEqual([]);
  });

  it('know no age of a book that nothing ever happened in', async () => {
    const { run, market, venue, measured, seen } = await house();
    await run(1_000);
    await venue(() => market.events.onDepth({ instrument: SOL, bids: [], asks: [], updateId: '1', venueTs: usTime(0) }));

    expect(seen().of('market.depth')).toHaveLength(1);
    expect(Object.keys(measured()).filter((name) => name.includes('market_lag_us'))).toEqual([]);
  });
});

describe('snapshots', () => {
  it('carry the last value of each topic', async () => {
    const { run, seen, market, venue } = await house();
    await run(1_000);
    await venue(() => {
      market.ticker('1', '2');
      market.ticker('3', '4');
      market.depth([['3', '1']], [['4', '2']], '77');
      market.mark('3.5');
    });
    const ask = async (stream: string) => {
      seen().snapshot = undefined;
      seen().ask(`${stream}.BINANCE.main.BTCUSDT-PERP.`);
      await run(50);
      return seen().snapshot;
    };

    expect((await ask('ticker'))?.tickers).toEqual([expect.objectContaining({ bid: '3', ask: '4' })]);
    expect((await ask('depth'))?.depths).toEqual([expect.objectContaining({ updateId: '77', bids: [['3', '1']] })]);
    expect((await ask('mark'))?.marks).toEqual([expect.objectContaining({ mark: '3.5' })]);
    expect(await ask('trade')).toBeUndefined();
  });

  it('let a proven subscription go live', async () => {
    const { run, world, market, venue } = await house();
    await run(1_000);
    await venue(() => market.ticker('1', '2'));
    const seen: string[] = [];
    const trader = world.spawn('desk/trader', ({ bus, clock }) => {
      const sender = new Sender({ src: 'trader', exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
      const service = new ServiceClient({ bus, endpoint: 'tcp://desk:8001', sender, clock });
      const link = new FeedLink({ bus, clock, sender, service, endpoint: 'tcp://desk:6001' });
      return link.subscribe({
        topic: 'ticker.BINANCE.main.BTCUSDT-PERP.',
        mode: { type: 'snapshot', onSnapshot: ({ data }) => seen.push(`snapshot ${data.tickers?.[0]?.bid}`) },
        onMessage: (message) => seen.push(message.type === 'market.ticker' ? message.data.bid : message.type),
      });
    });
    await run(2_500);
    await venue(() => market.ticker('5', '6'));

    expect(trader.service?.state).toBe('live');
    expect(seen).toEqual(['snapshot 1', '5']);
  });
});

describe('health', () => {
  it('is ready when streams are up and every symbol is known, also one whose market is empty', async () => {
    const { run, health, market, venue } = await house();
    await run(1_000);
    expect(health().state).toBe('degraded');

    await venue(() => market.comeUp());

    expect(health()).toMatchObject({ ready: true, state: 'ready', reasons: [] });
  });

  it('says which stream is down and which symbol has no price', async () => {
    const { run, health, market, venue, seen, world } = await house();
    await run(1_000);
    await venue(() => {
      market.comeUp();
      market.link('public-1', false, 'cut by the venue');
      market.link('public-1', false, 'refused');
    });

    expect(health()).toMatchObject({ ready: false, state: 'degraded' });
    expect(health().reasons).toEqual([expect.stringMatching(/stream public-1 is down \(refused\).*2 failed/)]);
    await venue(() => market.link('public-1', false, 'refused'));
    expect(world.logs.lines().filter(({ event }) => event === 'stream-stays-down')).toHaveLength(1);

    await venue(() => market.link('public-1', true));
    expect(health().ready).toBe(true);
    expect(
      seen()
        .of('venue.event')
        .map(({ event }) => event),
    ).toEqual(['stream-up', 'stream-up', 'stream-down', 'stream-up']);
  });

  it('does not take a book that is not in sync for an empty one', async () => {
    const { run, health, market, venue } = await house();
    await run(1_000);
    await venue(() => {
      market.comeUp();
      market.link(`book ${SOL}`, false, 'gap');
    });

    expect(health().reasons).toEqual([expect.stringContaining(`no best price of ${SOL}`)]);
  });

  it('tells everybody of a ban and is not ready until it ends', async () => {
    const { run, health, market, venue, seen, world } = await house();
    await run(1_000);
    await venue(() => {
      market.comeUp();
      const untilUs = world.machine('desk').wallUs(world.kernel.nowUs) + 5_000_000;
      market.events.onBan?.(untilUs as never, 'HTTP 418');
    });

    expect(health().ready).toBe(false);
    expect(seen().of('venue.event').at(-1)).toMatchObject({ event: 'ban', text: 'HTTP 418' });
    await run(5_000);
    expect(health().ready).toBe(true);
  });

  it('obeys a ban that an engine was told, tells it on until it ends, and remembers it over a restart', async () => {
    const engines = ['tcp://desk:6002'];
    const { run, health, market, seen, world, server } = await house({ endpoints: { ...OPTIONS.endpoints, engines } });
    const engine = world.spawn('desk/engine', (ports) => new ScriptedEngine(ports));
    await run(1_000);
    const untilTs = usTime(world.machine('desk').wallUs(world.kernel.nowUs) + 12_000_000);
    engine.incarnation.later(0, 'ban', () => engine.service?.isBannedUntil(untilTs));
    await run(1_000);

    expect(market.quietUntilTs).toBe(untilTs);
    expect(health().reasons).toContain('the exchange has banned this address for now');
    await run(6_000);
    expect(seen().of('venue.event')).toEqual(Array(2).fill({ event: 'ban', untilTs, text: 'engine was told so' }));

    delete market.quietUntilTs;
    server.kill();
    server.restart();
    await run(1_000);
    expect(market.quietUntilTs).toBe(untilTs);
    await run(6_000);
    expect(health().reasons).not.toContain('the exchange has banned this address for now');
  });

  it('keeps its reasons short enough for a heartbeat', async () => {
    const { run, market, venue, seen } = await house();
    await run(1_000);
    await venue(() => market.link('public-1', false, 'x'.repeat(1_000)), 2_000);

    const beats = seen().of('heartbeat');
    expect(beats.at(-1)?.state).toBe('degraded');
    expect(beats.at(-1)?.reasons[0]).toHaveLength(200);
  });
});

describe('stopping', () => {
  it('closes the streams and its sockets within a second, twice is once', async () => {
    const { run, server, market, venue, seen } = await house();
    await run(1_000);
    await venue(() => market.comeUp());
    let report: unknown;
    const service = server.service as MarketServer;
    server.incarnation.later(0, 'stop', () => {
      void service.stop('test').then(async () => {
        report = await service.stop('again');
      });
    });
    await run(900);
    const before = seen().messages.length;
    await venue(() => market.ticker('7', '8'), 3_000);

    expect(report).toEqual({ clean: true, left: [] });
    expect(market.closed).toBe(true);
    expect(seen().messages).toHaveLength(before);
    expect(seen().of('heartbeat').at(-1)?.state).toBe('stopping');
  });
});
