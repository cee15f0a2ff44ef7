/** What the workload was told of its own orders, kept apart from everything that the engine keeps: the memory it is judged by. */
import type { CommandAnswer, MessageData, OrderView } from '@fillwright/messages';

export interface Intent {
  readonly clientOrderId: string;
  readonly instrument: string;
  /** The newest that was told, by event or answer. */
  view: OrderView | undefined;
  /** Answered so that nothing is open: what became of it is in `view`, or it never was. */
  answer: CommandAnswer | undefined;
}

type OrderEvent = MessageData<'order.event'>;

export class OrderModel {
  readonly #intents = new Map<string, Intent>();
  /** Told things that cannot both be true. */
  readonly contradictions: string[] = [];

  intend(clientOrderId: string, instrument: string): void {
    this.#intents.set(clientOrderId, { clientOrderId, instrument, view: undefined, answer: undefined });
  }

  intent(clientOrderId: string): Intent | undefined {
    return this.#intents.get(clientOrderId);
  }

  get intents(): readonly Intent[] {
    return [...this.#intents.values()];
  }

  answered(answer: CommandAnswer, clientOrderId: string): void {
    const intent = this.#intents.get(clientOrderId);
    if (intent === undefined) return;
    const before = intent.answer;
    const isDenied = answer.verdict === 'denied' || answer.verdict === 'not-found';
    if (isDenied && intent.view !== undefined && intent.view.phase !== 'denied')
      this.contradictions.push(`${clientOrderId} was ${intent.view.phase}, then ${answer.verdict} (${answer.reason?.code ?? ''})`);
    if (before !== undefined && isDenied && (before.verdict === 'accepted' || before.verdict === 'known'))
      this.contradictions.push(`${clientOrderId} was ${before.verdict}, then ${answer.verdict} (${answer.reason?.code ?? ''})`);
    intent.answer = answer;
    if (answer.order !== undefined) this.#told(intent, answer.order);
  }

  event({ order }: OrderEvent): void {
    this.told(order);
  }

  told(order: OrderView): void {
    const intent = this.#intents.get(order.clientOrderId);
    if (intent !== undefined) this.#told(intent, order);
  }

  /** Still to be cleared up: nobody said what became of it, or it is not at its end. */
  get unsettled(): readonly Intent[] {
    return this.intents.filter(({ answer, view }) => {
      if (view !== undefined) return view.state !== 'closed';
      return answer?.verdict !== 'denied' && answer?.verdict !== 'not-found';
    });
  }

  /** Events and answers come by two topics, so an older picture may arrive later: only what goes back in its own journal is wrong. */
  #told(intent: Intent, view: OrderView): void {
    const before = intent.view;
    if (before !== undefined && view.updatedTs < before.updatedTs) return;
    if (before?.state === 'closed' && view.state !== 'closed')
      this.contradictions.push(`${intent.clientOrderId} was closed (${before.phase}), then ${view.phase}`);
    if (before !== undefined && Number(view.filledQty) < Number(before.filledQty))
      this.contradictions.push(`${intent.clientOrderId} was filled ${before.filledQty}, then ${view.filledQty}`);
    intent.view = view;
  }
}
