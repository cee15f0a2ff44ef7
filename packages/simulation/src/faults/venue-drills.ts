/** Somebody at the venue's own controls: a process of its own that works them over HTTP, as the operator of the simulator would. */
import type { Ports } from '@fillwright/runtime';
import type { DeskPlan } from '../scenario/desk-plan.ts';

const ASK_MS = 2_000;

export type DrillParams = Readonly<Record<string, string | number>>;

export class VenueDrills {
  readonly #ports: Ports;
  readonly #plan: DeskPlan;
  /** User events that the venue sent twice because of a rule. */
  eventsDuplicated = 0;

  constructor(ports: Ports, plan: DeskPlan) {
    this.#ports = ports;
    this.#plan = plan;
  }

  /** What the venue refuses (a price off its bands, no margin) simply does not happen. */
  async act(method: 'POST' | 'DELETE', path: string, params: DrillParams = {}): Promise<void> {
    await this.#ask(method, path, params);
  }

  /** Takes all rules back. */
  async heal(): Promise<void> {
    const rules = (await this.#ask('GET', 'faults', {})) as readonly { readonly kind: string; readonly struck: number }[] | undefined;
    for (const { kind, struck } of rules ?? []) if (kind === 'event-duplicate') this.eventsDuplicated += struck;
    await this.act('DELETE', 'faults');
  }

  async #ask(method: 'GET' | 'POST' | 'DELETE', path: string, params: DrillParams): Promise<unknown> {
    const { controlPort, controlToken } = this.#plan.simulator;
    const query = new URLSearchParams(Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]));
    const url = `http://127.0.0.1:${controlPort}/__sim/${path}${query.size > 0 ? `?${query}` : ''}`;
    const answer = await this.#ports.http.request({ method, url, headers: { authorization: `Bearer ${controlToken}` }, timeoutMs: ASK_MS });
    return answer.type === 'response' && answer.status === 200 ? (JSON.parse(answer.body) as unknown) : undefined;
  }
}
