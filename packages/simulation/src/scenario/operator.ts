/** An operator at the engine's service socket: sets the mode of trading, again and again until the engine says that it holds. */
import type { MessageInput, MessageType } from '@fillwright/messages';
import { answerOf, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import type { SeededRandom } from '../kernel/seeded-random.ts';
import type { DeskPlan } from './desk-plan.ts';
import { impossibleVerdict, type TruthOf, trueVerdict } from './verdicts.ts';

const ASK_MS = 500;
const AGAIN_MS = 300;
const ATTEMPTS = 8;
const WHO = { who: 'operator', why: 'a drill' } as const;

export type OperatorMode = 'pause' | 'reduce-only' | 'halt' | 'resume';
export type OperatorAction = OperatorMode | 'cancel-all' | 'cancel-mine' | 'flatten' | 'reconcile' | 'retire';

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

  /** Looks so often at what is unknown, and gives his verdict of one of it. */
  async settle(times: number, random: SeededRandom, truthOf: TruthOf): Promise<void> {
    for (let look = 0; look < times; look += 1) {
      await this.#wait();
      const answer = answerOf(await this.#client.request('service.query-account', {}, { timeoutMs: ASK_MS }), 'service.account');
      const unknown = answer?.data.orders.filter(({ phase, request }) => phase === 'unknown' || request?.phase === 'unknown') ?? [];
      const order = unknown.length > 0 && random.chance(0.9) ? random.pick(unknown) : answer?.data.orders[0];
      if (order === undefined) continue;
      const isTrue = random.chance(0.4);
      const truth = trueVerdict(order, truthOf(order.clientOrderId), this.#ports.clock.wallUs());
      const verdict = isTrue ? truth : impossibleVerdict(order, random);
      if (verdict !== undefined) await this.#say('service.settle-order', { ...WHO, clientOrderId: order.clientOrderId, ...verdict });
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
