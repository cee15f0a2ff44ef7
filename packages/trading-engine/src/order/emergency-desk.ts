/**
 * What is left when the journal cannot be written: nothing new is sent, cancels go straight to the venue. A cancel twice is a cancel once,
 * so it needs no record; what the venue answers is learned at the next start, from the venue.
 */
import type { ClientOrderId, Order, Reason } from '@fillwright/domain';
import type { CommandAnswer, Message } from '@fillwright/messages';
import type { EngineContext } from '../context.ts';
import { deny, notFound, notYours, type Sender, tell } from './answers.ts';
import { orderRef } from './dispatcher.ts';

export class EmergencyDesk {
  readonly #context: Pick<EngineContext, 'adapter' | 'book' | 'log'>;
  readonly #reason: Reason;
  /** Cancels without an answer yet; the venue is not asked twice at a time. */
  readonly #underWay = new Map<ClientOrderId, Promise<void>>();
  readonly #confirmed = new Set<ClientOrderId>();

  constructor(context: Pick<EngineContext, 'adapter' | 'book' | 'log'>, why: string) {
    this.#context = context;
    this.#reason = { code: 'JOURNAL_FAILED', text: `the journal cannot be written, only cancels pass: ${why}`.slice(0, 500) };
  }

  /** Undefined for what is no command. */
  command(message: Message): CommandAnswer | undefined {
    const sender = { src: message.src, commandId: message.id };
    switch (message.type) {
      case 'command.place':
      case 'command.modify':
      case 'command.query':
        return this.#look(message.data.clientOrderId, sender, message.type === 'command.query');
      case 'command.cancel':
        return this.#cancel(message.data, sender);
      case 'command.cancel-all': {
        const { owner, instrument } = message.data;
        const foreign = this.#foreign(owner, sender.src);
        if (foreign) return deny(sender, foreign);
        const orders = this.cancelOwned((order) => order.owner === owner && (!instrument || order.terms.instrument === instrument));
        return { commandId: sender.commandId, verdict: 'accepted', orders };
      }
      default:
        return undefined;
    }
  }

  /** Returns how many orders are concerned. */
  cancelOwned(which: (order: Order) => boolean): number {
    const concerned = this.#context.book.liveOrders().filter(which);
    for (const order of concerned) this.#send(order);
    return concerned.length;
  }

  /** Whether the venue confirmed the cancel of this order. */
  isCanceled(id: ClientOrderId): boolean {
    return this.#confirmed.has(id);
  }

  /** When all cancels under way have their answers. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  #look(id: string, sender: Sender, isQuery: boolean): CommandAnswer {
    const order = this.#context.book.order(id);
    if (order) return tell(sender, 'known', order);
    return isQuery ? notFound(sender, id) : deny(sender, this.#reason);
  }

  #cancel(command: { readonly clientOrderId: string; readonly owner: string }, sender: Sender): CommandAnswer {
    const order = this.#context.book.order(command.clientOrderId);
    if (!order) return notFound(sender, command.clientOrderId);
    const notOwned = order.owner === command.owner ? undefined : notYours(`order ${order.clientOrderId}`, command.owner);
    const foreign = this.#foreign(command.owner, sender.src) ?? notOwned;
    if (foreign) return deny(sender, foreign);
    if (order.state === 'closed') return tell(sender, 'known', order);
    this.#send(order);
    return tell(sender, 'accepted', order);
  }

  #foreign(owner: string, src: string): Reason | undefined {
    const holder = this.#context.book.ownerOf(owner);
    return holder === undefined || holder === src ? undefined : notYours(`owner tag ${owner}`, src);
  }

  #send(order: Order): void {
    const id = order.clientOrderId;
    // What was never written is not at the venue, and nothing is written any more.
    if (order.phase === 'intent' || order.phase === 'waiting' || this.#underWay.has(id) || this.#confirmed.has(id)) return;
    const { adapter, log } = this.#context;
    const ended = adapter.cancel(orderRef(order)).then(
      (outcome) => {
        this.#underWay.delete(id);
        if (outcome.type === 'confirmed') this.#confirmed.add(id);
        log.warn('cancel-without-journal', { clientOrderId: id, outcome: outcome.type });
      },
      (error: unknown) => {
        this.#underWay.delete(id);
        log.error('cancel-without-journal', { code: 'ENG_BROKEN', clientOrderId: id, error });
      },
    );
    this.#underWay.set(id, ended);
  }
}
