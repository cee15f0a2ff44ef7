/** One process' end of the bus bench over our feeds. */
import { join } from 'node:path';
import { marketTopic } from '@fillwright/messages';
import { Keyring } from '../src/bus/curve/keyring.ts';
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

/** `keys`: folder with `parent.key`, `peer.key` and `peers.json`, for a feed under CURVE. */
export async function createFeed(account: 'parent' | 'peer', keys?: { readonly folder: string; readonly port: number }) {
  const keyring =
    keys === undefined
      ? undefined
      : new Keyring({ keyFile: join(keys.folder, `${account}.key`), peersFile: join(keys.folder, 'peers.json'), clock });
  const bus = createZmqBus({ keyring });
  const sender = new Sender({ src: account, exchange: 'BENCH', account, epoch: 1 }, clock);
  const socket = await bus.bindPublisher(`tcp://127.0.0.1:${keys?.port ?? '*'}`);
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
