/**
 * The auditor: a process of its own that brings the desk to rest and asks venue, engine and position-server where the account stands,
 * by the doors that any outsider has.
 */
import type { MessageInput, MessageOf, MessageType } from '@fillwright/messages';
import { accountTopic } from '@fillwright/messages';
import { AppError, answerOf, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import { type AccountBooks, booksOfVenue, booksOfViews, type VenueAccount } from '../checkers/account-books.ts';
import { differences } from '../checkers/agreement.ts';
import type { DeskPlan } from './desk-plan.ts';

/** A question that finds no connection yet is lost, so each is asked again; all of them may be repeated. */
const ASK_MS = 500;
const ATTEMPTS = 10;
/** Between two looks. */
const POLL_MS = 50;
/** The desk counts as at rest when the engine said the same this often in a row. */
const SAME_LOOKS = 4;

export interface Audit {
  readonly venue: AccountBooks;
  readonly engine: AccountBooks;
  readonly positions: AccountBooks;
  /** Empty when all three agree. */
  readonly differences: readonly string[];
}

export class Auditor {
  readonly #ports: Ports;
  readonly #plan: DeskPlan;
  readonly #sender: Sender;
  readonly #clients = new Map<string, ServiceClient>();

  constructor(ports: Ports, plan: DeskPlan) {
    this.#ports = ports;
    this.#plan = plan;
    const { exchange, account } = plan.positions;
    const epoch = Math.floor(ports.clock.wallUs() / 1_000_000);
    this.#sender = new Sender({ src: 'auditor', exchange, account, epoch }, ports.clock);
  }

  /** No new flow at the venue, nothing new opened by traders. @throws AppError when somebody does not answer */
  async pause(): Promise<void> {
    await this.#traders('pause');
    await this.calm();
  }

  /** No new flow at the venue. */
  async calm(): Promise<void> {
    await this.#venue('POST', 'flow?state=off');
  }

  async resume(): Promise<void> {
    await this.#venue('POST', 'flow?state=on');
    await this.#traders('resume');
  }

  /** Waits until nothing is in flight, then compares until all agree or `withinMs` is over. */
  async audit(withinMs: number): Promise<Audit> {
    const endUs = this.#ports.clock.monotonicUs() + withinMs * 1000;
    await this.#atRest(endUs);
    for (;;) {
      const audit = await this.#compare();
      if (audit.differences.length === 0 || this.#ports.clock.monotonicUs() >= endUs) return audit;
      await this.#wait(POLL_MS);
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
    this.#clients.clear();
  }

  async #compare(): Promise<Audit> {
    const { exchange, account, endpoints } = this.#plan.positions;
    const [venueRow, engineRow, snapshot] = await Promise.all([
      this.#venue('GET', `accounts/${this.#plan.venueAccount}`),
      this.#ask(endpoints.engineService, 'service.query-account', {}, 'service.account'),
      this.#ask(
        endpoints.service.replace('*', '127.0.0.1'),
        'service.snapshot-request',
        { topic: accountTopic('position', exchange, account) },
        'service.snapshot',
      ),
    ]);
    const venue = booksOfVenue(venueRow as VenueAccount, exchange);
    const engine = booksOfViews(engineRow.data);
    const positions = booksOfViews({ positions: snapshot.data.positions ?? [], balances: snapshot.data.balances ?? [] });
    return { venue, engine, positions, differences: differences({ venue, engine, positions }) };
  }

  async #atRest(endUs: number): Promise<void> {
    const { engineService } = this.#plan.positions.endpoints;
    let same = 0;
    let before = '';
    while (same < SAME_LOOKS && this.#ports.clock.monotonicUs() < endUs) {
      await this.#wait(POLL_MS);
      const { data } = await this.#ask(engineService, 'service.query-account', {}, 'service.account');
      const isQuiet = data.ordersInFlight === 0 && data.orders.every(({ state, request }) => state === 'open' && request === undefined);
      const now = `${data.pos} ${data.orders.map(({ clientOrderId }) => clientOrderId).join()}`;
      same = isQuiet && now === before ? same + 1 : 0;
      before = now;
    }
  }

  async #traders(action: 'pause' | 'resume'): Promise<void> {
    for (const { endpoints } of this.#plan.traders) {
      await this.#ask(endpoints.service, 'service.control', { action, who: 'auditor', why: 'comparing books' }, 'service.ok');
    }
  }

  async #venue(method: 'GET' | 'POST', path: string): Promise<unknown> {
    const { controlPort, controlToken } = this.#plan.simulator;
    const url = `http://127.0.0.1:${controlPort}/__sim/${path}`;
    const answer = await this.#ports.http.request({ method, url, headers: { authorization: `Bearer ${controlToken}` }, timeoutMs: ASK_MS });
    if (answer.type === 'response' && answer.status === 200) return JSON.parse(answer.body);
    const why = answer.type === 'response' ? `${answer.status} ${answer.body}` : answer.message;
    throw new AppError('SIM_AUDIT_FAILED', `the venue does not answer the auditor: ${why}`);
  }

  async #ask<T extends MessageType, A extends MessageType>(
    endpoint: string,
    type: T,
    data: MessageInput<T>,
    answer: A,
  ): Promise<MessageOf<A>> {
    let why = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const result = await this.#client(endpoint).request(type, data, { timeoutMs: ASK_MS });
      const message = answerOf(result, answer);
      if (message !== undefined) return message;
      why = result.ok ? `with ${result.message.type} only` : result.reason;
    }
    throw new AppError('SIM_AUDIT_FAILED', `${endpoint} does not answer ${type} of the auditor: ${why}`);
  }

  #client(endpoint: string): ServiceClient {
    const known = this.#clients.get(endpoint);
    if (known !== undefined) return known;
    const { bus, clock } = this.#ports;
    const client = new ServiceClient({ bus, clock, endpoint, sender: this.#sender });
    this.#clients.set(endpoint, client);
    return client;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve));
  }
}
