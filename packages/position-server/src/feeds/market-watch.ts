/** What the ledger hears of the market: marks as they come, and in which asset each instrument settles. */
import type { InstrumentId } from '@fillwright/domain';
import { accountTopic, type InstrumentMessage, type MarkMessage } from '@fillwright/messages';
import { FeedLink, MessageTap, type Ports, type Sender, ServiceClient } from '@fillwright/runtime';

export interface MarketWatchOptions {
  readonly exchange: string;
  readonly account: string;
  readonly endpoints: readonly string[];
  readonly serviceEndpoint: string;
  onMark(mark: MarkMessage): void;
  onSettleAssets(assets: ReadonlyMap<InstrumentId, string>): void;
}

export class MarketWatch {
  readonly #closers: readonly { close(): Promise<void> }[];

  /** Listens from now on; a market-server that is not there yet is waited for. */
  constructor(ports: Pick<Ports, 'bus' | 'clock' | 'log' | 'metrics'>, sender: Sender, options: MarketWatchOptions) {
    const { bus, clock, log } = ports;
    const { exchange, account, endpoints } = options;
    const tap = new MessageTap(ports, {
      name: 'marks',
      endpoints,
      prefixes: [`mark.${exchange}.${account}.`],
      onMessage: (message) => {
        if (message.type === 'market.mark') options.onMark(message.data);
      },
    });
    const [endpoint] = endpoints;
    const service = new ServiceClient({ bus, clock, sender, endpoint: options.serviceEndpoint });
    if (endpoint === undefined) {
      this.#closers = [tap, service];
      return;
    }
    const told = (instruments: readonly InstrumentMessage[]) =>
      options.onSettleAssets(new Map(instruments.map(({ id, settleAsset }) => [id, settleAsset])));
    const link = new FeedLink({ bus, clock, log, metrics: ports.metrics, sender, endpoint, service });
    link.subscribe({
      topic: accountTopic('instrument', exchange, account),
      mode: { type: 'snapshot', onSnapshot: ({ data }) => told(data.instruments ?? []) },
      onMessage: (message) => {
        if (message.type === 'market.instrument') told([message.data]);
      },
      onHalt: (reason, detail) => log.warn('instrument-feed-halted', { reason, detail }),
    });
    this.#closers = [tap, link, service];
  }

  async close(): Promise<void> {
    for (const closer of this.#closers) await closer.close();
  }
}
