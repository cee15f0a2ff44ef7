/** What a trader subscribes to: its engine's orders and answers, positions and instruments gapless, market data as it comes. */
import { accountTopic, type Message, type MessageData, marketTopic } from '@fillwright/messages';
import type { FeedState, FeedSubscription } from '@fillwright/runtime';
import type { TraderOptions } from './options.ts';
import type { TraderLinks } from './trader-sockets.ts';

/** Tickers, marks and trades come many times a second; a lost one is replaced by the next. */
const MARKET_STREAMS = ['ticker', 'mark', 'trade'] as const;

export const STATE_FEEDS = ['orders', 'positions', 'instruments'] as const;
export type StateFeed = (typeof STATE_FEEDS)[number];

export interface FeedHooks {
  readonly onState: (feed: StateFeed, state: FeedState, why: string) => void;
  readonly onHalt: (feed: StateFeed, reason: string) => void;
  /** Live orders of the engine of this epoch. */
  readonly onOrders: (orders: readonly MessageData<'order.event'>['order'][], engineEpoch: number) => void;
  readonly onOrderEvent: (event: MessageData<'order.event'>, message: Message) => void;
  readonly onAnswer: (answer: MessageData<'command.answer'>) => void;
  readonly onPositions: (positions: readonly MessageData<'position.changed'>['position'][]) => void;
  readonly onInstruments: (instruments: readonly MessageData<'market.instrument'>[]) => void;
  readonly onMarket: (message: Message) => void;
}

/** Returns the feed of orders. */
export function subscribeFeeds(links: TraderLinks, options: TraderOptions, hooks: FeedHooks): FeedSubscription {
  const { exchange, account, instruments } = options;
  const topic = (stream: Parameters<typeof accountTopic>[0]) => accountTopic(stream, exchange, account);
  const common = (feed: StateFeed) => ({
    onState: (state: FeedState, why: string) => hooks.onState(feed, state, why),
    onHalt: (reason: string, detail: string) => hooks.onHalt(feed, `${reason}: ${detail}`),
  });
  const orders = links.orders.subscribe({
    ...common('orders'),
    topic: topic('order'),
    mode: { type: 'snapshot', onSnapshot: ({ data, epoch }) => hooks.onOrders(data.orders ?? [], epoch) },
    onMessage: (message) => {
      if (message.type === 'order.event') hooks.onOrderEvent(message.data, message);
    },
  });
  links.orders.subscribe({
    topic: topic('answer'),
    mode: { type: 'latest' },
    onMessage: (message) => {
      if (message.type === 'command.answer') hooks.onAnswer(message.data);
    },
  });
  links.positions.subscribe({
    ...common('positions'),
    topic: topic('position'),
    mode: { type: 'snapshot', onSnapshot: ({ data }) => hooks.onPositions(data.positions ?? []) },
    onMessage: (message) => {
      if (message.type === 'position.changed') hooks.onPositions([message.data.position]);
    },
  });
  links.market.subscribe({
    ...common('instruments'),
    topic: topic('instrument'),
    mode: { type: 'snapshot', onSnapshot: ({ data }) => hooks.onInstruments(data.instruments ?? []) },
    onMessage: (message) => {
      if (message.type === 'market.instrument') hooks.onInstruments([message.data]);
    },
  });
  for (const instrument of instruments) {
    const symbol = instrument.slice(0, instrument.lastIndexOf('.'));
    for (const stream of MARKET_STREAMS) {
      links.market.subscribe({
        topic: marketTopic(stream, exchange, account, symbol),
        mode: { type: 'latest' },
        onMessage: hooks.onMarket,
      });
    }
  }
  return orders;
}
