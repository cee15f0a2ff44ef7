/** Questions to the service sockets of a stack: what the engine and the position-server hold to be true. */
import { accountTopic, type MessageData, type MessageInput, type MessageOf, type MessageType } from '@fillwright/messages';
import { answerOf, type ClosableBus, createSystemClock, createZmqBus, Sender, ServiceClient } from '@fillwright/runtime';
import type { Stack } from './stack.ts';
import { epochNow, until } from './wait.ts';

/** Planned service ports. */
const SERVICE_PORTS = { 'market-server': 8001, 'trading-engine': 8002, 'position-server': 8003, trader: 8004 } as const;
export type ServiceName = keyof typeof SERVICE_PORTS;

const TIMEOUT_MS = 1_000;

export class Questions {
  readonly bus: ClosableBus = createZmqBus();
  readonly clock = createSystemClock();
  readonly sender = new Sender({ src: 'acceptance-test', exchange: 'BINANCE', account: 'main', epoch: epochNow() }, this.clock);
  readonly #stack: Stack;
  readonly #clients = new Map<ServiceName, ServiceClient>();

  constructor(stack: Stack) {
    this.#stack = stack;
    stack.onDispose(() => this.bus.close());
  }

  /** Asks until it is answered; a refusal is a failure. */
  ask<T extends MessageType, A extends MessageType>(
    whom: ServiceName,
    type: T,
    data: MessageInput<T>,
    answer: A,
    withinMs = 10_000,
  ): Promise<MessageOf<A>> {
    const client = this.#client(whom);
    return until(
      `${whom} answers ${type}`,
      async () => {
        const result = await client.request(type, data, { timeoutMs: TIMEOUT_MS });
        if (!result.ok && result.reason === 'error') throw new Error(`${result.code}: ${result.text}`);
        return answerOf(result, answer);
      },
      { withinMs },
    );
  }

  async engineAccount(): Promise<MessageData<'service.account'>> {
    return (await this.ask('trading-engine', 'service.query-account', {}, 'service.account')).data;
  }

  async ledger(): Promise<MessageData<'service.snapshot'>> {
    const topic = accountTopic('position', 'BINANCE', 'main');
    return (await this.ask('position-server', 'service.snapshot-request', { topic }, 'service.snapshot')).data;
  }

  async control(whom: ServiceName, action: 'pause' | 'resume' | 'cancel-all' | 'halt'): Promise<void> {
    await this.ask(whom, 'service.control', { action, who: 'acceptance test', why: 'the test says so' }, 'service.ok');
  }

  #client(whom: ServiceName): ServiceClient {
    const known = this.#clients.get(whom);
    if (known !== undefined) return known;
    const { bus, clock, sender } = this;
    const client = new ServiceClient({ bus, clock, sender, endpoint: this.#stack.endpoint(SERVICE_PORTS[whom]) });
    this.#clients.set(whom, client);
    return client;
  }
}
