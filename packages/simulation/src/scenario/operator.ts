/** An operator at the engine's service socket: sets the mode of trading, again and again until the engine says that it holds. */
import type { MessageInput } from '@fillwright/messages';
import { answerOf, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import type { DeskPlan } from './desk-plan.ts';

const ASK_MS = 500;
const AGAIN_MS = 300;

export type OperatorAction = 'pause' | 'reduce-only' | 'halt' | 'resume' | 'cancel-all' | 'cancel-mine';

export class Operator {
  readonly #ports: Ports;
  readonly #client: ServiceClient;
  #wanted = 0;

  constructor(ports: Ports, plan: DeskPlan) {
    const { exchange, account, endpoints } = plan.positions;
    this.#ports = ports;
    const epoch = Math.floor(ports.clock.wallUs() / 1_000_000);
    const sender = new Sender({ src: 'operator', exchange, account, epoch }, ports.clock);
    this.#client = new ServiceClient({ bus: ports.bus, clock: ports.clock, endpoint: endpoints.engineService, sender });
  }

  /** Of modes the newest wish counts: an older one that was not heard yet is given up. */
  async ask(action: OperatorAction, owner?: string): Promise<void> {
    const isMode = !action.startsWith('cancel');
    if (isMode) this.#wanted += 1;
    const wish = this.#wanted;
    const request: MessageInput<'service.control'> = { action, who: 'operator', why: 'a drill', ...(owner !== undefined && { owner }) };
    while (!isMode || wish === this.#wanted) {
      const result = await this.#client.request('service.control', request, { timeoutMs: ASK_MS });
      if (answerOf(result, 'service.ok') !== undefined) return;
      await new Promise<void>((resolve) => void this.#ports.clock.after(AGAIN_MS, resolve));
    }
  }
}
