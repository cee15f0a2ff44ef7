/** The bench of the cards: the real processes over real sockets against the simulator or the testnet, and our own look at the account. */
import {
  type ClientOrderId,
  composeClientOrderId,
  type Decimal,
  decimal,
  floorTo,
  type Instrument,
  parseInstrumentId,
  parseOwnerTag,
} from '@fillwright/domain';
import { adapterFromConfig as marketAdapter } from '@fillwright/market-server';
import { type EdgePorts, engineSpec, marketServerSpec, readConfigFile } from '@fillwright/runtime';
import { adapterFromConfig as executionAdapter } from '@fillwright/trading-engine';
import type { ExecutionAdapter, MarketAdapter, RateUsage } from '@fillwright/venue';
import type { CardBench, CardEngine, MarketWatch } from '@fillwright/venue/cards';
import { accountsOf, differences } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import type { ProcessName, Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';
import { BusTrader, CardFeed } from './card-trader.ts';
import { RecordedMarket } from './recorded-market.ts';
import { SimulatorTrouble } from './simulator-trouble.ts';

export type VenueName = 'simulator' | 'testnet';
export type Transport = 'rest' | 'ws';

/** The next port of traders. */
export const SECOND_PORT = 7013;
/** The symbols: one that is quiet where the venue is ours, one that moves. */
const SYMBOLS = { simulator: { trade: 'SOLUSDT', watch: 'BTCUSDT' }, testnet: { trade: 'BTCUSDT', watch: 'BTCUSDT' } } as const;
const BOOK = { symbol: 'SOLUSDT', bids: [['179.9000', '50']], asks: [['180.1000', '50']] };
/** Tags of the traders, and of who has no business here. */
const [FIRST, SECOND, HAND] = ['c1', 'c2', 'hd'];
const AGREE_MS = 60_000;
const DEFAULT_MS = 15_000;
/** On a machine that is busy with other things. */
const READY_MS = 90_000;
/** On a venue that counts. */
const LOOK_EVERY_MS = 2_000;
const MINUTE_US = 60_000_000;
const REST_MARGIN_US = 1_000_000;
/** Weight in a minute from which the next one is waited for: a third of what an address has. */
const PATIENCE = 800;
const ENGINE: ProcessName = 'trading-engine';

interface OpenAtVenue {
  readonly openOrders: readonly string[];
  readonly openAlgoOrders: readonly string[];
  readonly position: Decimal;
}

export interface LiveBenchParts {
  readonly venue: VenueName;
  readonly transport: Transport;
  readonly stack: Stack;
  /** For the adapters of our own. */
  readonly ports: EdgePorts;
}

export class LiveBench implements CardBench {
  readonly venue: VenueName;
  readonly transport: Transport;
  readonly takesBatches: boolean;
  readonly codes = { postOnlyWouldTake: 'BINANCE_5022', nothingToReduce: 'BINANCE_2022' };
  readonly instrument: Instrument;
  qty = decimal('1');
  readonly adapter: ExecutionAdapter;
  readonly trader: BusTrader;
  readonly second: BusTrader;
  readonly engine: CardEngine;
  readonly trouble: SimulatorTrouble | undefined;
  readonly #stack: Stack;
  readonly #ports: EdgePorts;
  readonly #questions: Questions;
  readonly #market: MarketAdapter;
  #hands = 0;
  /** The engine of now is known to both traders. */
  #isSynced = false;
  /** Nothing was played since the last look at all of the account. */
  #isClear = false;
  /** Of this minute, everything that this address asked, as the venue counts it. */
  #weightUsed = 0;

  /** With the processes of `stack` up and ready. */
  static async open(parts: LiveBenchParts): Promise<LiveBench> {
    const { stack, ports, venue } = parts;
    const questions = new Questions(stack);
    const feed = new CardFeed(stack, questions);
    const first = await BusTrader.bind(questions, feed, FIRST ?? '', stack.endpoint(7003));
    const second = await BusTrader.bind(questions, feed, SECOND ?? '', stack.endpoint(SECOND_PORT));
    let bench: LiveBench | undefined;
    const onRateUsage = (usage: RateUsage): void => {
      if (bench !== undefined && usage.pool === 'weight') bench.#weightUsed = usage.used;
    };
    const adapter = executionAdapter(readConfigFile(engineSpec, stack.ini(ENGINE), () => undefined).value, ports, { onRateUsage });
    stack.onDispose(async () => {
      await adapter.close();
      await Promise.all([feed.close(), first.close(), second.close()]);
    });
    const prepared = await adapter.prepare();
    if (prepared.type !== 'confirmed') throw new Error(`the venue does not let us trade: ${prepared.reason.code} ${prepared.reason.text}`);
    const instrument = prepared.value.instruments.find(({ symbol }) => symbol === SYMBOLS[venue].trade);
    if (instrument === undefined) throw new Error(`the venue has no ${SYMBOLS[venue].trade}`);
    bench = new LiveBench(parts, { questions, first, second, adapter, instrument });
    if (venue === 'testnet') bench.qty = ampleQty(instrument, (await bench.quote()).bid);
    await bench.#sync();
    return bench;
  }

  private constructor(
    { stack, ports, venue, transport }: LiveBenchParts,
    {
      questions,
      first,
      second,
      adapter,
      instrument,
    }: Record<'first' | 'second', BusTrader> & {
      questions: Questions;
      adapter: ExecutionAdapter;
      instrument: Instrument;
    },
  ) {
    Object.assign(first, { instrument: instrument.id });
    Object.assign(second, { instrument: instrument.id });
    this.venue = venue;
    this.takesBatches = transport === 'rest';
    this.transport = transport;
    this.instrument = instrument;
    this.adapter = adapter;
    this.trader = first;
    this.second = second;
    this.#stack = stack;
    this.#ports = ports;
    this.#questions = questions;
    this.#market = this.#marketAdapter();
    this.engine = this.#engine();
    this.trouble = venue === 'simulator' ? new SimulatorTrouble(stack.venue, transport, instrument.symbol) : undefined;
    if (this.trouble !== undefined) this.trouble.onTimeMoved = () => adapter.prepare();
  }

  async quote(): Promise<{ readonly bid: Decimal; readonly ask: Decimal }> {
    const { HTTP_BASE_URL } = readConfigFile(engineSpec, this.#stack.ini(ENGINE), () => undefined).value.HTTP_API;
    const url = `${HTTP_BASE_URL}/fapi/v1/ticker/bookTicker?symbol=${this.instrument.symbol}`;
    const reply = (await (await fetch(url, { signal: AbortSignal.timeout(DEFAULT_MS) })).json()) as Record<'bidPrice' | 'askPrice', string>;
    return { bid: decimal(reply.bidPrice), ask: decimal(reply.askPrice) };
  }

  async watchMarket(depthLevels: number): Promise<MarketWatch> {
    const symbol = SYMBOLS[this.venue].watch;
    return RecordedMarket.start(this.#marketAdapter(), symbol, parseInstrumentId(`${symbol}-PERP.BINANCE`), depthLevels);
  }

  async instruments(): Promise<readonly Instrument[]> {
    const answer = await this.#market.instruments();
    if (answer.type === 'failed') throw new Error(`no instruments: ${answer.reason.text}`);
    return answer.value;
  }

  handId(): ClientOrderId {
    this.#hands += 1;
    return composeClientOrderId(parseOwnerTag(HAND ?? ''), this.#questions.sender.epoch, this.#hands);
  }

  nowUs(): number {
    return this.#ports.clock.wallUs();
  }

  until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, withinMs = DEFAULT_MS): Promise<T> {
    return until(what, look, { withinMs });
  }

  async tidy(): Promise<readonly string[]> {
    if (!this.#stack.child(ENGINE).alive) await this.engine.start();
    else if (!this.#isSynced) await this.#sync();
    if (this.trouble !== undefined) await this.#calm(this.trouble);
    // A look at a whole account costs a real venue's patience: one after each card, none before the next.
    if (this.#isClear && this.venue === 'testnet') {
      this.#isClear = false;
      return [];
    }
    // What was clear at the first look needs no second one.
    let open: OpenAtVenue | undefined = await this.#open();
    if (await this.#clear(open)) open = undefined;
    let found: readonly string[] = ['not compared'];
    const agree = async (): Promise<boolean> => {
      const now = open ?? (await this.#open());
      // Nobody but us trades there: once the venue is clear, only the engine is waited for.
      open = this.venue === 'testnet' && isClear(now) ? now : undefined;
      found = await this.#disagreements(now);
      return found.length === 0;
    };
    const everyMs = this.venue === 'testnet' ? LOOK_EVERY_MS : undefined;
    await until('agreement', agree, { withinMs: AGREE_MS, ...(everyMs && { everyMs }) }).catch(() => false);
    await this.#rest();
    this.#isClear = found.length === 0;
    return found;
  }

  /** The engine shares the address with us; what it may ask must not be used up by us. */
  async #rest(): Promise<void> {
    if (this.venue === 'simulator' || this.#weightUsed < PATIENCE) return;
    const minute = Math.floor(this.nowUs() / MINUTE_US);
    const isOver = () => this.nowUs() > (minute + 1) * MINUTE_US + REST_MARGIN_US;
    await until('the next minute', isOver, { withinMs: 2 * (MINUTE_US / 1_000), everyMs: LOOK_EVERY_MS });
    this.#weightUsed = 0;
  }

  async #calm(trouble: SimulatorTrouble): Promise<void> {
    await trouble.calm();
    await this.#stack.venue.control('POST', 'book', BOOK);
  }

  /** By hand, and not through the engine, which hears of it like of any other hand's work. */
  async #clear({ openOrders, openAlgoOrders, position }: OpenAtVenue): Promise<boolean> {
    for (const clientOrderId of openOrders) await this.#cancel(clientOrderId, false);
    for (const clientOrderId of openAlgoOrders) await this.#cancel(clientOrderId, true);
    if (position.isZero()) return openOrders.length + openAlgoOrders.length > 0;
    const side = position.isPositive() ? 'sell' : 'buy';
    const closing = { side, type: 'market', timeInForce: 'GTC', reduceOnly: true, closePosition: false } as const;
    const terms = { ...closing, instrument: this.instrument.id, qty: position.abs() };
    const outcome = await this.adapter.submit({ clientOrderId: this.handId(), terms });
    if (outcome.type !== 'confirmed') throw new Error(`the position ${position.toFixed()} cannot be closed: ${JSON.stringify(outcome)}`);
    return true;
  }

  async #cancel(clientOrderId: string, conditional: boolean): Promise<void> {
    await this.adapter.cancel({ instrument: this.instrument.id, clientOrderId, conditional });
  }

  async #open(): Promise<OpenAtVenue> {
    if (this.venue === 'simulator') {
      const account = (await this.#stack.venue.account()) as Awaited<ReturnType<Stack['venue']['account']>> & {
        readonly openAlgoOrders: readonly { readonly clientAlgoId: string }[];
      };
      return {
        openOrders: account.openOrders.map(({ clientOrderId }) => clientOrderId),
        openAlgoOrders: account.openAlgoOrders.map(({ clientAlgoId }) => clientAlgoId),
        position: decimal(account.positions.find(({ symbol }) => symbol === this.instrument.symbol)?.positionAmt ?? '0'),
      };
    }
    const [orders, algos, positions] = [
      ...[await this.adapter.openOrders(), await this.adapter.openAlgoOrders()],
      await this.adapter.positions(),
    ] as const;
    if (orders?.type !== 'answered' || algos?.type !== 'answered' || positions.type !== 'answered') throw new Error('the venue is silent');
    const names = (reports: typeof orders.value) =>
      reports.filter(({ terms }) => terms.instrument === this.instrument.id).map(({ clientOrderId }) => clientOrderId);
    const held = positions.value.find(({ instrument }) => instrument === this.instrument.id);
    return { openOrders: names(orders.value), openAlgoOrders: names(algos.value), position: held?.qty ?? decimal('0') };
  }

  async #disagreements({ openOrders, openAlgoOrders, position }: OpenAtVenue): Promise<readonly string[]> {
    const { ready, reasons } = await this.#stack.health(ENGINE);
    if (!ready) return [`the engine is not ready: ${reasons.join('; ')}`];
    const left = [
      ...(openOrders.length + openAlgoOrders.length > 0 ? [`open at the venue: ${[...openOrders, ...openAlgoOrders].join(', ')}`] : []),
      ...(position.isZero() ? [] : [`a position of ${position.toFixed()} at the venue`]),
    ];
    if (this.venue === 'simulator') return [...left, ...differences(await accountsOf(this.#stack.venue, this.#questions))];
    const { orders, positions, unknownOrders } = await this.#questions.engineAccount();
    const held = positions.find(({ instrument }) => instrument === this.instrument.id)?.qty ?? '0';
    const engine = [
      ...(orders.length + unknownOrders > 0 ? [`the engine has ${orders.length} open and ${unknownOrders} unknown orders`] : []),
      ...(decimal(held).isZero() ? [] : [`the engine has a position of ${held}`]),
    ];
    return [...left, ...engine];
  }

  #marketAdapter(): MarketAdapter {
    const adapter = marketAdapter(readConfigFile(marketServerSpec, this.#stack.ini('market-server'), () => undefined).value, this.#ports);
    this.#stack.onDispose(() => adapter.close());
    return adapter;
  }

  async #sync(): Promise<void> {
    this.#isSynced = false;
    await this.#stack.ready(ENGINE, READY_MS);
    await this.trader.sync();
    await this.second.sync();
    this.#isSynced = true;
  }

  #engine(): CardEngine {
    const [stack, questions] = [this.#stack, this.#questions];
    return {
      account: () => questions.engineAccount(),
      control: async (action) => {
        await questions.ask('trading-engine', 'service.control', { action, who: 'cards', why: 'a card says so' }, 'service.ok');
      },
      stop: async () => {
        const { code, signal } = await stack.stop(ENGINE, DEFAULT_MS);
        if (code !== 0) throw new Error(`the engine ended with code ${code}, signal ${signal}`);
      },
      kill: () => stack.kill(ENGINE),
      start: async () => {
        this.#isSynced = false;
        stack.launch(ENGINE);
        await this.#sync();
      },
      inventions: () => stack.log(ENGINE).filter(({ event }) => event === 'position-repaired').length,
    };
  }
}

function isClear({ openOrders, openAlgoOrders, position }: OpenAtVenue): boolean {
  return openOrders.length + openAlgoOrders.length === 0 && position.isZero();
}

/** Three times the least notional, on the lot. */
function ampleQty({ minNotional, lotSize }: Instrument, price: Decimal): Decimal {
  return floorTo(minNotional.times(3).div(price), lotSize).plus(lotSize);
}
