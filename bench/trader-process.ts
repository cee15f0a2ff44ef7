/** A trader as far as the engine hears it, one thing at a time: says a command, waits for the event that ends it; `busy` = it polls. Ends with its parent. */
import { type ClientOrderId, composeClientOrderId, parseInstrumentId, parseOwnerTag, usTime } from '@fillwright/domain';
import type { ReadyInfo } from '@fillwright/exchange-simulator';
import { accountTopic, decodeMessage, type MessageData, type OrderEventMessage } from '@fillwright/messages';
import { createHttpClient, createSystemClock, createZmqBus, FeedPublisher, pollBusily, Sender } from '@fillwright/runtime';
import { ANY_PORT, Turnstile, until } from './desk.ts';

export interface TraderReady {
  /** Where it publishes commands, and marks. */
  readonly endpoint: string;
}

export type TraderTask =
  | { readonly type: 'connect'; readonly orderEvents: string; readonly control: ReadyInfo['control'] }
  /** So many orders placed and cancelled, and so many trades of orders that somebody outside fills. */
  | { readonly type: 'trade'; readonly orders: number; readonly trades: number }
  /** Answered with the microseconds from each order's command to the news that the venue has it. */
  | { readonly type: 'time'; readonly orders: number };

/** Resting orders besides the one at hand: limits and marks are checked against something. */
const RESTING = 20;
/** The quiet book: nothing but what we do. */
const SYMBOL = 'SOLUSDT';
const INSTRUMENT = parseInstrumentId('SOLUSDT-PERP.BINANCE');
const clock = createSystemClock();
const OWNER = parseOwnerTag('be');
const EPOCH = Math.floor(clock.wallUs() / 1_000_000);
const bus = createZmqBus();
const http = createHttpClient({ clock });

/** Says what a trader says and waits for what it waits for, one thing at a time. */
class StandInTrader {
  readonly #publisher: FeedPublisher;
  readonly #turnstile = new Turnstile();
  readonly #topic = accountTopic('command', 'BINANCE', 'main');
  #awaits: (event: OrderEventMessage) => boolean = () => false;
  #engineEpoch = 0;
  #count = 0;
  #answered = false;

  constructor(publisher: FeedPublisher) {
    this.#publisher = publisher;
  }

  get endpoint(): string {
    return this.#publisher.endpoint;
  }

  /** Subscribes to the engine's order events. */
  listen(endpoint: string): void {
    const socket = bus.connectSubscriber([endpoint], {
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
    const id = composeClientOrderId(OWNER, EPOCH, this.#count);
    const terms = {
      instrument: INSTRUMENT,
      side,
      type: 'limit',
      timeInForce: 'GTC',
      qty,
      price,
      reduceOnly: false,
      closePosition: false,
    } as const;
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
  async fillInParts(control: ReadyInfo['control'], side: 'buy' | 'sell'): Promise<number> {
    const id = await this.place(side, side === 'buy' ? '179' : '181', '1');
    for (const filled of ['0.25', '0.5', '0.75', '1']) {
      const taker = { symbol: SYMBOL, side: side === 'buy' ? 'SELL' : 'BUY', quantity: '0.25' };
      await this.#until(
        `${id} is filled to ${filled}`,
        id,
        (order) => order.filledQty === filled,
        () => void takeFrom(control, taker),
      );
    }
    return 4;
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
    return { owner: OWNER as string, engineEpoch: this.#engineEpoch, deadlineTs: usTime(clock.wallUs() + 2_000_000) };
  }
}

async function takeFrom(control: ReadyInfo['control'], taker: Readonly<Record<string, string>>): Promise<void> {
  const url = `${control.url}/trades?${new URLSearchParams(taker)}`;
  const result = await http.request({ method: 'POST', url, headers: { authorization: `Bearer ${control.token}` }, timeoutMs: 5_000 });
  if (result.type === 'failure' || result.status !== 200) throw new Error(`no trade: ${JSON.stringify(result)}`);
}

const sender = new Sender({ src: 'bench_trader', exchange: 'BINANCE', account: 'main', epoch: EPOCH }, clock);
const state = () => ({ state: 'ready', reasons: [] }) as const;
const socket = await bus.bindPublisher(ANY_PORT);
const trader = new StandInTrader(
  new FeedPublisher({ socket, clock, sender, channel: 'bench', streams: ['command', 'mark'], state, ringSize: 0 }),
);
let control: ReadyInfo['control'] = { url: '', token: '' };

async function time(orders: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < orders; index += 1) {
    const begunMs = performance.now();
    const id = await trader.place('buy', '150', '1');
    samples.push((performance.now() - begunMs) * 1_000);
    await trader.cancel(id);
  }
  return samples;
}

async function work(task: TraderTask): Promise<readonly number[]> {
  if (task.type === 'time') return time(task.orders);
  if (task.type === 'connect') {
    control = task.control;
    trader.listen(task.orderEvents);
    await until('commands arrive', () => trader.isHeard());
    for (let index = 0; index < RESTING; index += 1) await trader.place('buy', `${100 + index}`, '1');
    return [];
  }
  for (let index = 0; index < task.orders; index += 1) await trader.cancel(await trader.place('buy', '150', '1'));
  for (let index = 0; index < task.trades; ) index += await trader.fillInParts(control, index % 40 < 20 ? 'buy' : 'sell');
  return [];
}

process.on('message', (task: TraderTask) => void work(task).then((samples) => process.send?.(samples)));
process.on('disconnect', () => process.exit(0));
if (process.argv.includes('busy')) pollBusily();
process.send?.({ endpoint: trader.endpoint } satisfies TraderReady);
