/** One process' end of the bus bench over our feeds. */
import { marketTopic } from '@fillwright/messages';
import { FeedLink } from '../src/bus/feed-link.ts';
import { FeedPublisher } from '../src/bus/feed-publisher.ts';
import { Sender } from '../src/bus/sender.ts';
import { createZmqBus } from '../src/bus/zmq-bus.ts';
import type { Clock } from '../src/ports/clock.ts';

export const PARENT_TOPIC = marketTopic('ticker', 'BENCH', 'parent', 'BTCUSDT-PERP');
export const PEER_TOPIC = marketTopic('ticker', 'BENCH', 'peer', 'BTCUSDT-PERP');

/** The same clock in all processes of this machine. */
export function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/** Only what the feeds need; the bench runs without their timers. */
const clock: Clock = {
  wallUs: () => (Date.now() * 1000) as ReturnType<Clock['wallUs']>,
  monotonicUs: nowUs,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

export async function createFeed(account: 'parent' | 'peer') {
  const bus = createZmqBus();
  const sender = new Sender({ src: account, exchange: 'BENCH', account, epoch: 1 }, clock);
  const socket = await bus.bindPublisher('tcp://127.0.0.1:*');
  const state = () => ({ state: 'ready', reasons: [] }) as const;
  const publisher = new FeedPublisher({ socket, clock, sender, channel: 'bench', streams: ['ticker'], state });
  return {
    bus,
    publisher,
    read(endpoint: string, onMessage: () => void): void {
      const link = new FeedLink({ bus, clock, sender, endpoint });
      link.subscribe({ topic: account === 'peer' ? PARENT_TOPIC : PEER_TOPIC, mode: { type: 'latest' }, onMessage });
    },
  };
}
