/** An operator at the engine's service socket: sets the mode of trading, again and again until the engine says that it holds. */
import type { MessageInput, MessageType } from '@fillwright/messages';
import { answerOf, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import type { DeskPlan } from './desk-plan.ts';

const ASK_MS = 500;
const AGAIN_MS = 300;
const ATTEMPTS = 8;
const WHO = { who: 'operator', why: 'a drill' } as const;

export type OperatorMode = 'pause' | 'reduce-only' | 'halt' | 'resume';
export type OperatorAction = OperatorMode | 'cancel-all' | 'cancel-mine' | 'flatten' | 'reconcile' | 'settle' | 'retire';

export class Operator {
  readonly #ports: Ports;
  readonly #client: ServiceClient;
  #wishes = 0;

  constructor(ports: Ports, plan: DeskPlan) {
    const { exchange, account, endpoints } = plan.positions;
    this.#ports = ports;
    const epoch = Math.floor(ports.clock.wallUs() / 1_000_000);
    const sender = new Sender({ src: 'operator', exchange, account, epoch }, ports.clock);
    this.#client = new ServiceClient({ bus: ports.bus, clock: ports.clock, endpoint: endpoints.engineService, sender });
  }

  async ask(action: OperatorAction): Promise<void> {
    switch (action) {
      case 'reconcile':
        return this.#say('service.reconcile', WHO);
      case 'settle':
        return this.#say('service.settle-order', { ...WHO, clientOrderId: 'q3nosuchorder', outcome: 'canceled' });
      case 'retire':
        return this.#say('service.retire-consumer', { ...WHO, consumer: 'position_server_binance' });
      case 'cancel-mine':
        return this.#say('service.control', { ...WHO, action, owner: 'q1' });
      case 'cancel-all':
      case 'flatten':
        return this.#say('service.control', { ...WHO, action });
      default:
        return this.#set(action);
    }
  }

  /** The newest wish counts: an older one that was not heard yet is given up. */
  async #set(action: OperatorMode): Promise<void> {
    this.#wishes += 1;
    const wish = this.#wishes;
    while (wish === this.#wishes) {
      const result = await this.#client.request('service.control', { ...WHO, action }, { timeoutMs: ASK_MS });
      if (answerOf(result, 'service.ok') !== undefined) return;
      await this.#wait();
    }
  }

  /** Until any answer, a few times. */
  async #say<T extends MessageType>(type: T, data: object): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const result = await this.#client.request(type, data as MessageInput<T>, { timeoutMs: ASK_MS });
      if (result.ok || result.reason === 'error') return;
      await this.#wait();
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(AGAIN_MS, resolve));
  }
}
