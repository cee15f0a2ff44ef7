/** The exchange simulator on free ports, our adapters on live sockets beside it, and waiting for what they report. */
import { decimal, type InstrumentId, type OrderTerms, parseClientOrderId, parseInstrumentId } from '@fillwright/domain';
import { DEMO_ACCOUNTS, DEMO_SYMBOLS, ExchangeSimulator, type SimulatorOptions, simulatorOptions } from '@fillwright/exchange-simulator';
import {
  type ClosableHttpClient,
  createHttpClient,
  createHttpServer,
  createSystemClock,
  createSystemRandom,
  createWebSocketConnector,
  type Disk,
  type Log,
  Secret,
} from '@fillwright/runtime';
import type { ExecutionAdapter, Outcome, PrivateStream, VenueEvent } from '@fillwright/venue';
import { createBinanceFuturesExecution, createBinanceFuturesMarket, type FuturesExecutionOptions } from '@fillwright/venue-binance';

/** Far beyond what anything here takes; only a failing test waits so long. */
const DEADLINE_MS = 10_000;

export const SOL = parseInstrumentId('SOLUSDT-PERP.BINANCE');
const ACCOUNTS = [...DEMO_ACCOUNTS, { name: 'third', apiKey: 'third-key', apiSecret: 'third-secret', balanceUsdt: '100000' }];

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const noDisk = new Proxy({} as Disk, {
  get: (_, name) => {
    throw new Error(`nothing here needs a disk, but ${String(name)} was called`);
  },
});

export class SimulatedVenue {
  readonly clock = createSystemClock();
  readonly simulator: ExchangeSimulator;
  readonly #http: ClosableHttpClient;
  readonly #ports;
  readonly #adapters: { close(): Promise<void> }[] = [];
  readonly bans: number[] = [];
  #ids = 0;

  private constructor(options: Partial<SimulatorOptions>) {
    const { clock } = this;
    this.#http = createHttpClient({ clock });
    this.#ports = { clock, random: createSystemRandom(), http: this.#http, webSocket: createWebSocketConnector({ clock }), log };
    this.simulator = new ExchangeSimulator(
      { clock, random: this.#ports.random, httpServer: createHttpServer({ clock }), log, disk: noDisk },
      simulatorOptions({ futuresPort: 0, controlPort: 0, accounts: ACCOUNTS, symbols: DEMO_SYMBOLS, ...options }),
    );
  }

  static async start(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
    const venue = new SimulatedVenue(options);
    await venue.simulator.start();
    return venue;
  }

  execution(account = 0, overrides: Partial<FuturesExecutionOptions> = {}): ExecutionAdapter {
    const { futures, accounts } = this.simulator.info;
    const adapter = createBinanceFuturesExecution(this.#ports, {
      baseUrl: futures.rest,
      wsPrivateUrl: `${futures.ws}/private`,
      wsApiUrl: futures.wsApi,
      apiKey: new Secret(accounts[account]?.key ?? ''),
      apiSecret: new Secret(accounts[account]?.secret ?? ''),
      commandTimeoutMs: 1_000,
      observer: { onBan: (untilTs) => this.bans.push(untilTs) },
      ...overrides,
    });
    this.#adapters.push(adapter);
    return adapter;
  }

  market() {
    const { futures } = this.simulator.info;
    const { rest, ws } = futures;
    const adapter = createBinanceFuturesMarket(this.#ports, { baseUrl: rest, wsPublicUrl: `${ws}/public`, wsMarketUrl: `${ws}/market` });
    this.#adapters.push(adapter);
    return adapter;
  }

  nextId() {
    this.#ids += 1;
    return parseClientOrderId(`q1tkr3x0${this.#ids}`);
  }

  async control(command: string, body: object): Promise<void> {
    const { url, token } = this.simulator.info.control;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const result = await this.#http.request({
      method: 'POST',
      url: `${url}/${command}`,
      headers,
      body: JSON.stringify(body),
      timeoutMs: 5_000,
    });
    if (result.type !== 'response' || result.status !== 200) throw new Error(`control ${command} failed: ${JSON.stringify(result)}`);
  }

  async stop(): Promise<void> {
    for (const adapter of this.#adapters) await adapter.close();
    await this.simulator.stop();
    await this.#http.close();
  }
}

/** A consumer of one private stream that can be waited on. */
export class Listener {
  readonly events: VenueEvent[] = [];
  readonly downs: string[] = [];
  readonly #venue: SimulatedVenue;
  #waiting: (() => void)[] = [];

  private constructor(venue: SimulatedVenue) {
    this.#venue = venue;
  }

  static async open(venue: SimulatedVenue, adapter: ExecutionAdapter): Promise<{ listener: Listener; stream: PrivateStream }> {
    const listener = new Listener(venue);
    const outcome = await adapter.openPrivateStream({
      onEvent: (event) => listener.#note(() => listener.events.push(event)),
      onDown: (reason) => listener.#note(() => listener.downs.push(reason)),
    });
    return { listener, stream: confirmedValue(outcome) };
  }

  /** Orders as `phase change filled` in the order in which they came; the others by their type. */
  texts(): readonly string[] {
    return this.events.map((event) => {
      if (event.type !== 'order') return event.type;
      const { phase, change, filledQty, algoId } = event.report;
      return `${algoId === undefined ? 'order' : 'algo'} ${phase} ${change ?? '-'} ${filledQty}`;
    });
  }

  orderTexts(): readonly string[] {
    return this.texts().filter((text) => /^(order|algo) /.test(text));
  }

  until(holds: () => boolean): Promise<void> {
    return waitUntil(
      this.#venue,
      holds,
      (look) => this.#waiting.push(look),
      () => JSON.stringify([this.texts(), this.downs]),
    );
  }

  #note(add: () => void): void {
    add();
    for (const look of [...this.#waiting]) look();
  }
}

/** Resolves as soon as the condition holds after one of the events that `onEach` announces; rejects at the deadline. */
export function waitUntil(
  venue: SimulatedVenue,
  holds: () => boolean,
  onEach: (look: () => void) => void,
  seen: () => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = venue.clock.after(DEADLINE_MS, () => reject(new Error(`did not happen within ${DEADLINE_MS} ms; seen: ${seen()}`)));
    const look = (): void => {
      if (!holds()) return;
      deadline.cancel();
      resolve();
    };
    onEach(look);
    look();
  });
}

export function confirmedValue<T>(outcome: Outcome<T>): T {
  if (outcome.type === 'confirmed') return outcome.value;
  throw new Error(`${outcome.type}: ${outcome.reason.code} ${outcome.reason.text}`);
}

export function limit(side: OrderTerms['side'], price: string, qty: string, changes: Partial<OrderTerms> = {}): OrderTerms {
  return { ...bare(side, qty, SOL), type: 'limit', price: decimal(price), ...changes };
}

export function stopMarket(side: OrderTerms['side'], trigger: string, qty: string): OrderTerms {
  return { ...bare(side, qty, SOL), type: 'stop-market', trigger: { price: decimal(trigger), working: 'last' }, reduceOnly: true };
}

function bare(side: OrderTerms['side'], qty: string, instrument: InstrumentId) {
  return { instrument, side, timeInForce: 'GTC', qty: decimal(qty), reduceOnly: false, closePosition: false } as const;
}
