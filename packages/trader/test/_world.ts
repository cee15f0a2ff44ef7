/** An order desk with a captured bus, a journal in a temporary folder and virtual time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Order, parseAccountId, parseInstrumentId, parseOwnerTag, type Reason, type UsTime, usTime } from '@fillwright/domain';
import { decodeMessage, type Message, type MessageOf, type OrderView, orderView } from '@fillwright/messages';
import { type Clock, CommandSender, createNodeDisk, FeedPublisher, type Log, Sender, type Timer } from '@fillwright/runtime';
import { RoundTrips } from '../src/latency.ts';
import type { TraderOptions } from '../src/options.ts';
import { IntentJournal } from '../src/orders/intent-journal.ts';
import { OrderDesk } from '../src/orders/order-desk.ts';
import { OwnOrders } from '../src/orders/own-orders.ts';

export const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');

export class TestClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { readonly atMs: number; readonly callback: () => void; live: boolean }[] = [];

  wallUs(): UsTime {
    return usTime(this.#nowMs * 1000);
  }

  monotonicUs(): number {
    return this.#nowMs * 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback, live: true };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.live = false;
      },
    };
  }

  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.live && timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      next.live = false;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#timers = this.#timers.filter((timer) => timer.live);
    this.#nowMs = end;
  }
}

export const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;

export const OPTIONS: TraderOptions = {
  processName: 'trader',
  exchange: 'BINANCE',
  account: parseAccountId('main'),
  ownerTag: parseOwnerTag('q1'),
  strategy: 'Test',
  instruments: [BTC],
  params: {},
  orderDeadlineMs: 2_000,
  timerMs: 1_000,
  stopBudgetMs: 1_000,
  endpoints: {
    commands: '',
    service: '',
    market: [],
    orders: [],
    positions: [],
    marketService: '',
    engineService: '',
    positionService: '',
  },
};

export class DeskWorld {
  readonly clock = new TestClock();
  readonly sent: Message[] = [];
  readonly changes: Order[] = [];
  readonly own = new OwnOrders();
  readonly roundTrips = new RoundTrips();
  readonly folder: string;
  readonly journal: IntentJournal;
  readonly commands: CommandSender;
  readonly desk: OrderDesk;
  blocked: Reason | undefined;
  engineEpoch = 7;

  constructor(folder = mkdtempSync(join(tmpdir(), 'trader-'))) {
    this.folder = folder;
    this.journal = new IntentJournal(createNodeDisk(folder), 'intents');
    const { clock } = this;
    const sender = new Sender({ src: 'trader', exchange: 'BINANCE', account: 'main', epoch: 1_795_000_000 }, clock);
    const send = (_topic: string, body: Uint8Array) => {
      const decoded = decodeMessage(body);
      if (!decoded.ok) throw new Error(decoded.detail);
      this.sent.push(decoded.message);
    };
    const socket = { endpoint: 'tcp://test', refused: 0, send, close: () => Promise.resolve() };
    const publisher = new FeedPublisher({
      socket,
      clock,
      sender,
      channel: 'commands',
      streams: ['command'],
      ringSize: 0,
      state: () => ({ state: 'ready', reasons: [] }),
    });
    this.commands = new CommandSender({ clock, publisher, topic: 'command.BINANCE.main.', nextId: () => sender.nextId() });
    this.desk = new OrderDesk({
      clock,
      log: silent,
      options: OPTIONS,
      epoch: 1_795_000_000,
      journal: this.journal,
      own: this.own,
      sender: this.commands,
      roundTrips: this.roundTrips,
      engineEpoch: () => this.engineEpoch,
      blocked: () => this.blocked,
      changed: (order) => this.changes.push(order),
    });
  }

  buy(price = '100'): Order {
    const placed = this.desk.place('buy', BTC, '1', { price });
    if (!placed.ok) throw new Error(placed.reason.text);
    return placed.order;
  }

  /** How the engine shows an order, later than now. */
  view(order: Order, change: Partial<OrderView> = {}): OrderView {
    this.clock.advance(1);
    return { ...orderView(order), state: 'open', phase: 'new', venueOrderId: '55' as never, updatedTs: this.clock.wallUs(), ...change };
  }

  commandsOf<T extends Message['type']>(type: T): readonly MessageOf<T>[] {
    return this.sent.filter((message) => message.type === type) as unknown as readonly MessageOf<T>[];
  }

  close(): void {
    this.commands.close();
    this.journal.close();
    rmSync(this.folder, { recursive: true });
  }
}
