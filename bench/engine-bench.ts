/** The real engine against a venue in another process: command → bytes to the venue, and private frame → publication. */
import { join } from 'node:path';
import { type ClientOrderId, parseInstrumentId, usTime } from '@fillwright/domain';
import { accountTopic, decodeMessage, type MessageData, type OrderEventMessage } from '@fillwright/messages';
import { createSystemClock, type EdgePorts, engineSpec, FeedPublisher, readConfigFile, Sender } from '@fillwright/runtime';
import { adapterFromConfig, optionsFromConfig, TradingEngine } from '@fillwright/trading-engine';
import { ANY_PORT, benchPorts, startVenue, Turnstile, until, type Venue } from './desk.ts';
import { Probe, watchedBus, watchedHttp, watchedWebSocket, watchSockets } from './probe.ts';
import { type BenchRow, benchRow } from './rows.ts';

const ROUNDS = 5;
const WARM_UP = 500;
const ORDERS_PER_ROUND = 600;
const TRADES_PER_ROUND = 600;
const BARE_PER_ROUND = 600;
/** Resting orders besides the one at hand: limits and marks are checked against something. */
const RESTING = 20;
/** The quiet book: nothing but what we do. */
const SYMBOL = 'SOLUSDT';
const INSTRUMENT = parseInstrumentId('SOLUSDT-PERP.BINANCE');
const ROOT = join(import.meta.dirname, '..');

/** DESIGN §9. */
const REST_ABOVE_AXIOS_US = 120;
const EVENT_TO_SEND_US = 50;
const TAIL_US = 1_000;

interface BareAxios {
  bareAxios(onCall: () => void): { post(url: string, headers: Readonly<Record<string, string>>): Promise<void>; close(): void };
}

export async function engineBench(): Promise<readonly BenchRow[]> {
  // axios belongs to the runtime package; the bare baseline lives there.
  const { bareAxios } = (await import(join(ROOT, 'packages/runtime/bench/_bare-axios.ts'))) as BareAxios;
  const { ports, drop } = benchPorts('trading_engine_binance');
  const venue = await startVenue(ports, 'none');
  const probe = new Probe();
  watchSockets(() => probe.exit('bytes'));
  const trader = await StandInTrader.open(ports);
  const engine = await startEngine(ports, venue, probe, trader);
  const axios = bareAxios(() => {
    probe.input('axios');
    probe.exit('request');
  });
  try {
    await trade(trader, venue, probe, (url) => axios.post(url, { 'X-MBX-APIKEY': 'nobody' }));
    return rowsOf(probe);
  } finally {
    axios.close();
    await engine.stop('bench over');
    await trader.close();
    venue.stop();
    drop();
  }
}

function rowsOf(probe: Probe): readonly BenchRow[] {
  const bare = probe.rounds('axios', 'bytes');
  const place = (exit: 'request' | 'bytes') => probe.rounds('command.place', exit);
  return [
    benchRow('order: command frame → HTTP client called', place('request'), { tailBudget: TAIL_US }),
    benchRow('order: command frame → first byte, over bare axios', place('bytes'), {
      bare,
      budgetAbove: REST_ABOVE_AXIOS_US,
      tailBudget: TAIL_US,
    }),
    benchRow('cancel: command frame → first byte, over bare axios', probe.rounds('command.cancel', 'bytes'), {
      bare,
      budgetAbove: REST_ABOVE_AXIOS_US,
      tailBudget: TAIL_US,
    }),
    benchRow('private trade frame → send', probe.rounds('trade', 'send'), { budget: EVENT_TO_SEND_US, tailBudget: TAIL_US }),
    benchRow('private account frame → send', probe.rounds('account', 'send'), { budget: EVENT_TO_SEND_US, tailBudget: TAIL_US }),
  ];
}

async function trade(trader: StandInTrader, venue: Venue, probe: Probe, axios: (url: string) => Promise<void>): Promise<void> {
  const bareUrl = `${venue.info.futures.rest}/fapi/v1/order?${'x'.repeat(280)}`;
  for (let index = 0; index < RESTING; index += 1) await trader.place('buy', `${100 + index}`, '1');
  const round = async (orders: number, trades: number, bare: number) => {
    for (let index = 0; index < bare; index += 1) await axios(bareUrl);
    for (let index = 0; index < orders; index += 1) await trader.cancel(await trader.place('buy', '150', '1'));
    for (let index = 0; index < trades; ) index += await trader.fillInParts(venue, index % 40 < 20 ? 'buy' : 'sell');
  };
  await round(WARM_UP, WARM_UP, WARM_UP);
  for (let index = 0; index < ROUNDS; index += 1) {
    globalThis.gc?.();
    probe.beginRound();
    await round(ORDERS_PER_ROUND, TRADES_PER_ROUND, BARE_PER_ROUND);
  }
  probe.pause();
}

async function startEngine(ports: EdgePorts, venue: Venue, probe: Probe, trader: StandInTrader): Promise<TradingEngine> {
  const shipped = readConfigFile(engineSpec, join(ROOT, 'config/trading_engine_binance.ini'), () => undefined).value;
  const config = {
    ...shipped,
    HTTP_API: { ...shipped.HTTP_API, HTTP_BASE_URL: venue.info.futures.rest },
    WEBSOCKET: { ...shipped.WEBSOCKET, WS_PRIVATE_URL: `${venue.info.futures.ws}/private`, WS_PRIVATE_BACKUP_URL: '' },
  };
  const bound: string[] = [];
  const bus = watchedBus(ports.bus, { probe, kindOf: commandKind, onBound: (endpoint) => bound.push(endpoint) });
  const webSocket = watchedWebSocket(ports.webSocket, probe, privateKind);
  const watched = { ...ports, bus, webSocket, http: watchedHttp(ports.http, probe) };
  const options = optionsFromConfig(config);
  const endpoints = { orderEvents: ANY_PORT, tradeEvents: ANY_PORT, orderStatus: ANY_PORT, service: ANY_PORT };
  const engine = new TradingEngine(
    watched,
    {
      ...options,
      endpoints: { ...endpoints, traders: [trader.endpoint], positionServer: [], market: [trader.endpoint] },
      orders: { ...options.orders, perSecond: 1_000_000 },
      // No position-server here, and marks that never change: neither is watched for staleness.
      risk: { ...options.risk, staleMs: 0 },
    },
    adapterFromConfig(config, watched),
  );
  engine.onBroken = (error) => {
    throw error;
  };
  await engine.start();
  trader.listen(bound[0] ?? '');
  await until('the engine is ready', () => engine.health().ready);
  await until('commands arrive', () => trader.isHeard());
  return engine;
}

function commandKind([topic, body]: readonly Uint8Array[]): string | undefined {
  if (topic === undefined || body === undefined || topic[0] !== 'c'.charCodeAt(0)) return undefined;
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 64)).toString('latin1');
  return /command\.(place|cancel)/.exec(text)?.[0];
}

function privateKind(text: string): string | undefined {
  if (text.includes('"ORDER_TRADE_UPDATE"')) return text.includes('"x":"TRADE"') ? 'trade' : 'other';
  return text.includes('"ACCOUNT_UPDATE"') ? 'account' : undefined;
}

/** Says what a trader says and waits for what it waits for, one thing at a time. */
class StandInTrader {
  readonly #ports: EdgePorts;
  readonly #publisher: FeedPublisher;
  readonly #turnstile = new Turnstile();
  readonly #topic = accountTopic('command', 'BINANCE', 'main');
  #awaits: (event: OrderEventMessage) => boolean = () => false;
  #engineEpoch = 0;
  #count = 0;
  #answered = false;
  #subscriber: { close(): Promise<void> } | undefined;

  static async open(ports: EdgePorts): Promise<StandInTrader> {
    const clock = createSystemClock();
    const sender = new Sender({ src: 'bench_trader', exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
    const socket = await ports.bus.bindPublisher(ANY_PORT);
    const state = () => ({ state: 'ready', reasons: [] }) as const;
    const publisher = new FeedPublisher({ socket, clock, sender, channel: 'bench', streams: ['command', 'mark'], state, ringSize: 0 });
    return new StandInTrader(ports, publisher);
  }

  private constructor(ports: EdgePorts, publisher: FeedPublisher) {
    this.#ports = ports;
    this.#publisher = publisher;
  }

  get endpoint(): string {
    return this.#publisher.endpoint;
  }

  /** Subscribes to the engine's order events. */
  listen(endpoint: string): void {
    const socket = this.#ports.bus.connectSubscriber([endpoint], {
      onFrames: (frames) => {
        const decoded = decodeMessage(frames);
        if (!decoded.ok) return;
        const { message } = decoded;
        if (message.type === 'heartbeat' || message.type === 'engine.state') this.#engineEpoch = message.epoch;
        if (message.type === 'command.answer') this.#answered = true;
        if (message.type === 'command.answer' && message.data.verdict === 'denied') throw new Error(JSON.stringify(message.data.reason));
        if (message.type === 'order.event' && this.#awaits(message.data)) this.#turnstile.done();
      },
    });
    socket.subscribe('');
    this.#subscriber = socket;
  }

  /** True once a question of ours was answered; asks again with each call. */
  isHeard(): boolean {
    if (this.#engineEpoch !== 0) this.#publisher.publish(this.#topic, 'command.query', { clientOrderId: 'be0' as ClientOrderId });
    const [venueTs, receivedTs] = [usTime(1), usTime(1)];
    const mark = { instrument: INSTRUMENT, mark: '180', index: '180', fundingRate: '0', nextFundingTs: usTime(2), venueTs, receivedTs };
    this.#publisher.publish('mark.BINANCE.main.SOLUSDT-PERP.', 'market.mark', mark);
    return this.#answered;
  }

  /** Resolves when the venue has confirmed it. */
  async place(side: 'buy' | 'sell', price: string, qty: string): Promise<string> {
    this.#count += 1;
    const id = `be${this.#count.toString(36)}` as ClientOrderId;
    const terms = { instrument: INSTRUMENT, side, type: 'limit', timeInForce: 'GTC', qty, price } as const;
    const command = { ...this.#header(), clientOrderId: id, strategy: 'bench', ...terms };
    await this.#until(
      `${id} is open`,
      id,
      (order) => order.state === 'open',
      () => this.#publisher.publish(this.#topic, 'command.place', command, { id }),
    );
    return id;
  }

  async cancel(id: string): Promise<void> {
    const command: MessageData<'command.cancel'> = { ...this.#header(), clientOrderId: id as ClientOrderId };
    await this.#until(
      `${id} is cancelled`,
      id,
      (order) => order.state === 'closed',
      () => this.#publisher.publish(this.#topic, 'command.cancel', command, { id: `c${id}` }),
    );
  }

  /** An order of ours that somebody outside fills in four trades; returns how many. */
  async fillInParts(venue: Venue, side: 'buy' | 'sell'): Promise<number> {
    const id = await this.place(side, side === 'buy' ? '179' : '181', '1');
    for (const filled of ['0.25', '0.5', '0.75', '1']) {
      const taker = { symbol: SYMBOL, side: side === 'buy' ? 'SELL' : 'BUY', quantity: '0.25' };
      await this.#until(
        `${id} is filled to ${filled}`,
        id,
        (order) => order.filledQty === filled,
        () => void venue.control('trades', taker),
      );
    }
    return 4;
  }

  async close(): Promise<void> {
    await this.#subscriber?.close();
    await this.#publisher.close();
  }

  async #until(what: string, id: string, holds: (order: OrderEventMessage['order']) => boolean, act: () => unknown): Promise<void> {
    this.#awaits = ({ order }) => order.clientOrderId === id && holds(order);
    const done = this.#turnstile.wait(what);
    act();
    await done;
    // The answer of the venue and the next command must not share a turn: let what is still arriving arrive.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #header() {
    return { owner: 'be', engineEpoch: this.#engineEpoch, deadlineTs: usTime(this.#ports.clock.wallUs() + 2_000_000) };
  }
}
