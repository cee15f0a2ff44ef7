/** The engine's sockets: three publishers, the service socket, and what it listens to. Publications are those of the journal. */
import { decimalText, entryPrice, type Order } from '@fillwright/domain';
import {
  accountTopic,
  type BalanceEventMessage,
  type CommandAnswer,
  type EngineStateMessage,
  type Message,
  type MessageData,
  orderView,
  type ReconciliationMessage,
  type VenueEventMessage,
} from '@fillwright/messages';
import {
  FeedPublisher,
  type Health,
  type Journal,
  MessageTap,
  type Ports,
  type PublisherState,
  type ReplaySlice,
  Sender,
  type ServiceHandlers,
  ServiceServer,
  type SnapshotContent,
} from '@fillwright/runtime';
import type { AccountBook } from '../account/account-book.ts';
import { type Publication, publicationsOf } from '../account/record.ts';
import { decodeRecord } from '../account/record-codec.ts';
import type { EngineOptions } from '../options.ts';

const VERSION = '0.1.0';
/** Told while a command makes its way to the venue: its bytes go first, the news right after. */
const ON_THE_WAY: readonly string[] = ['initialized', 'sending', 'cancel-requested', 'modify-requested', 'request-sending'];
/** Journal records looked at per replay request at the most, however few of them belong to the topic: some milliseconds of the loop. */
const SCAN_BOUND = 2_000;

export type ControlResult = { readonly text: string; readonly count?: number } | { readonly code: string; readonly text: string };

export interface EngineSources {
  readonly onMessage: (message: Message) => void;
  readonly onControl: (control: MessageData<'service.control'>) => ControlResult;
  readonly onSettle: (request: MessageData<'service.settle-order'>) => ControlResult;
  readonly snapshot: () => { readonly pos: number; readonly orders: readonly Order[]; readonly balances: readonly BalanceEventMessage[] };
  readonly account: () => { readonly book: AccountBook; readonly inFlight: number };
  readonly journal: Journal;
  /** Up to here the journal is as safe as JOURNAL_SYNC promises; nobody hears of more. */
  readonly safePos: () => number;
  /** Makes everything journaled so far safe, in this call; false when that failed. */
  readonly makeSafe: () => boolean;
  /** Runs `work` when everything journaled so far is safe. */
  readonly whenSafe: (work: () => void) => void;
  readonly health: () => Health;
  readonly acknowledge: (consumer: string, pos: number) => void;
  /** Further requests on the service socket. */
  readonly handlers: ServiceHandlers;
}

interface Sockets {
  readonly orders: FeedPublisher;
  readonly trades: FeedPublisher;
  readonly status: FeedPublisher;
  readonly service: ServiceServer;
  readonly taps: readonly MessageTap[];
}

export class EngineFeeds {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #sender: Sender;
  readonly #sources: EngineSources;
  readonly #topics: Readonly<Record<'order' | 'answer' | 'engine' | 'venue' | 'account' | 'status' | 'command' | 'ledger', string>>;
  #sockets: Sockets | undefined;

  constructor(ports: Ports, options: EngineOptions, epoch: number, sources: EngineSources) {
    this.#ports = ports;
    this.#options = options;
    this.#sources = sources;
    const { exchange, account } = options;
    this.#sender = new Sender({ src: options.processName, exchange, account, epoch }, ports.clock);
    const topic = (stream: Parameters<typeof accountTopic>[0]) => accountTopic(stream, exchange, account);
    this.#topics = {
      order: topic('order'),
      answer: topic('answer'),
      engine: topic('engine'),
      venue: topic('venue'),
      account: topic('account'),
      status: topic('status'),
      command: topic('command'),
      ledger: topic('ledger'),
    };
  }

  async start(): Promise<void> {
    const { bus, clock, log, metrics } = this.#ports;
    const { endpoints } = this.#options;
    const orders = await this.#publisher(endpoints.orderEvents, '6002', ['order', 'answer', 'engine', 'venue']);
    const trades = await this.#publisher(endpoints.tradeEvents, '6017', ['account']);
    const status = await this.#publisher(endpoints.orderStatus, '6018', ['status']);
    const publishers = [orders, trades, status];
    const service = await ServiceServer.bind({
      bus,
      clock,
      log,
      metrics,
      publishers,
      endpoint: endpoints.service,
      sender: this.#sender,
      version: VERSION,
      state: () => this.#state(),
      snapshot: (topic) => (topic === this.#topics.order || topic === this.#topics.status ? this.#snapshot() : undefined),
      replayFromPos: ({ topic, fromPos, limit }) => this.#replay(topic, fromPos, limit),
      acknowledge: this.#sources.acknowledge,
      handlers: {
        ...this.#sources.handlers,
        'service.control': (request, respond) => {
          const result = this.#sources.onControl(request.data);
          if ('code' in result) respond('service.error', result);
          else this.#sources.whenSafe(() => respond('service.ok', result));
        },
        'service.settle-order': (request, respond) => {
          const result = this.#sources.onSettle(request.data);
          if ('code' in result) respond('service.error', result);
          else this.#sources.whenSafe(() => respond('service.ok', result));
        },
        'service.query-order': (request, respond) => {
          const order = this.#sources.account().book.order(request.data.clientOrderId);
          const answer = order ? { order: orderView(order) } : {};
          this.#sources.whenSafe(() => respond('service.order', answer));
        },
        'service.query-account': (_request, respond) => {
          const account = this.#account();
          this.#sources.whenSafe(() => respond('service.account', account));
        },
      },
    });
    this.#sockets = { orders, trades, status, service, taps: this.#listen() };
    for (const publisher of publishers) publisher.start();
  }

  /** `packed`: see `Publish`. */
  publish(publication: Publication, pos: number, cause: string | undefined, packed?: unknown): void {
    const sockets = this.#sockets;
    if (!sockets) return;
    const extras = { pos, cause, packed };
    switch (publication.type) {
      case 'order.event':
        if (ON_THE_WAY.includes(publication.data.change))
          sockets.orders.publishLater(this.#topics.order, 'order.event', publication.data, extras);
        else sockets.orders.publish(this.#topics.order, 'order.event', publication.data, extras);
        break;
      case 'order.status':
        sockets.status.publishLater(this.#topics.status, 'order.status', publication.data, extras);
        break;
      case 'account.fill':
      case 'account.balance':
      case 'account.venue-position':
        sockets.trades.publish(this.#topics.account, publication.type, publication.data, extras);
    }
  }

  answer(answer: CommandAnswer, cause: string): void {
    // A denial is all that comes of its command; whatever was taken on comes first.
    if (answer.verdict === 'accepted') this.#sockets?.orders.publishLater(this.#topics.answer, 'command.answer', answer, { cause });
    else this.#sockets?.orders.publish(this.#topics.answer, 'command.answer', answer, { cause });
  }

  state(state: EngineStateMessage): void {
    this.#sockets?.orders.publish(this.#topics.engine, 'engine.state', state);
  }

  venueEvent(event: VenueEventMessage): void {
    this.#sockets?.orders.publish(this.#topics.venue, 'venue.event', event);
  }

  reconciliation(result: ReconciliationMessage): void {
    this.#sockets?.orders.publish(this.#topics.engine, 'engine.reconciliation', result);
  }

  async stop(): Promise<void> {
    const sockets = this.#sockets;
    this.#sockets = undefined;
    if (!sockets) return;
    await Promise.all(sockets.taps.map((tap) => tap.close()));
    await sockets.service.close();
    await Promise.all([sockets.orders.close(), sockets.trades.close(), sockets.status.close()]);
  }

  async #publisher(endpoint: string, channel: string, streams: readonly string[]): Promise<FeedPublisher> {
    const { bus, clock } = this.#ports;
    const socket = await bus.bindPublisher(endpoint);
    return new FeedPublisher({ socket, clock, sender: this.#sender, channel, streams, state: () => this.#state() });
  }

  #state(): PublisherState {
    const { state, reasons } = this.#sources.health();
    return { state, reasons: reasons.map((reason) => reason.slice(0, 200)), lastPos: this.#sources.safePos() };
  }

  /** Commands are known by their ids, marks and heartbeats replace each other, the ledger repeats itself: none needs more than a tap. */
  #listen(): readonly MessageTap[] {
    const { exchange, account, endpoints } = this.#options;
    const tap = (name: string, addresses: readonly string[], ...prefixes: readonly string[]): readonly MessageTap[] =>
      addresses.length === 0
        ? []
        : [
            new MessageTap(this.#ports, {
              name,
              endpoints: addresses,
              prefixes,
              onMessage: (message) => this.#sources.onMessage(message),
            }),
          ];
    return [
      ...tap('traders', endpoints.traders, this.#topics.command, `hb.${exchange}.${account}.`),
      ...tap('market', endpoints.market, `mark.${exchange}.${account}.`, `venue.${exchange}.`),
      ...tap('position-server', endpoints.positionServer, this.#topics.ledger),
    ];
  }

  /** Taken in one turn with the sequence number it belongs to, so what is not safe yet is made so now: others act upon what they are told. */
  #snapshot(): SnapshotContent | undefined {
    if (!this.#sources.makeSafe()) return undefined;
    const { pos, orders, balances } = this.#sources.snapshot();
    return {
      pos,
      orders: orders.map(orderView),
      balances: balances.map(({ asset, wallet, venueTs }) => ({ asset, wallet, updatedTs: venueTs })),
    };
  }

  #account(): MessageData<'service.account'> {
    const { book, inFlight } = this.#sources.account();
    return {
      pos: book.lastPos,
      orders: book.liveOrders().map(orderView),
      positions: book.positions
        .all()
        .filter(({ qty }) => !qty.isZero())
        .map((position) => ({
          instrument: position.instrument,
          qty: decimalText(position.qty),
          entryPrice: decimalText(entryPrice(position)),
        })),
      balances: book.balances().map(({ asset, wallet, venueTs }) => ({ asset, wallet, updatedTs: venueTs })),
      unknownOrders: book.unknownCount,
      ordersInFlight: inFlight,
    };
  }

  /** From the journal: what was published on this topic, made again from the records. */
  #replay(topic: string, fromPos: number, limit: number): ReplaySlice | undefined {
    const stream = (['order', 'account', 'status'] as const).find((name) => this.#topics[name] === topic);
    if (!stream) return undefined;
    const { journal } = this.#sources;
    const safePos = this.#sources.safePos();
    // Ahead of us: our journal was lost, or it is another account's. What was asked for is not kept here, and never was.
    if (fromPos > journal.lastPos + 1 || fromPos < journal.firstPos)
      return { messages: [], next: journal.firstPos, complete: false, tooOld: true };
    const messages: unknown[] = [];
    let next = fromPos;
    for (const { pos, payload } of journal.read(fromPos, { limit: Math.min(SCAN_BOUND, safePos + 1 - fromPos) })) {
      const found = publicationsOf(decodeRecord(payload)).filter((publication) => publication.stream === stream);
      if (messages.length + found.length > limit) break;
      // The place of a replayed message is its position; sequence numbers of a past incarnation mean nothing any more.
      for (const { type, data } of found) messages.push(this.#sender.envelope(type, topic, 0, data, { pos, id: `replay-${pos}` }));
      next = pos + 1;
    }
    return { messages, next, complete: next > safePos, tooOld: false };
  }
}
