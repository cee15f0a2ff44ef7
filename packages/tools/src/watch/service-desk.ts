/** Questions to the service sockets of the desk, each ending with its answer or with an error that says who did not answer. */
import type { MessageInput, MessageOf, MessageType } from '@fillwright/messages';
import { AppError, answerOf, type Bus, type Clock, Sender, ServiceClient } from '@fillwright/runtime';

const TIMEOUT_MS = 2_000;

export interface ServicePlace {
  readonly exchange: string;
  readonly account: string;
}

/** Which answer belongs to which question. */
interface Answers {
  readonly 'service.ping': 'service.pong';
  readonly 'service.snapshot-request': 'service.snapshot';
  readonly 'service.query-account': 'service.account';
  readonly 'service.control': 'service.ok';
}
const ANSWERS: Answers = {
  'service.ping': 'service.pong',
  'service.snapshot-request': 'service.snapshot',
  'service.query-account': 'service.account',
  'service.control': 'service.ok',
};

/** The name under which tools ask; it stands in the audit records of those asked. */
export const TOOLS_SOURCE = 'fillwright_tools';

export class ServiceDesk {
  readonly #ports: { readonly bus: Bus; readonly clock: Clock };
  readonly #sender: Sender;
  readonly #clients = new Map<string, ServiceClient>();

  constructor(ports: { readonly bus: Bus; readonly clock: Clock }, place: ServicePlace) {
    this.#ports = ports;
    // Who only asks has no incarnation worth storing: the time of its start tells it from earlier ones.
    this.#sender = new Sender({ src: TOOLS_SOURCE, epoch: Math.floor(ports.clock.wallUs() / 1_000_000), ...place }, ports.clock);
  }

  /** @throws AppError `TOL_NOT_REACHABLE` (no answer in time) or the code of the service that refused (as a rejection). */
  async ask<T extends keyof Answers & MessageType>(
    endpoint: string,
    type: T,
    data: MessageInput<T>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<MessageOf<Answers[T]>> {
    const result = await this.#client(endpoint).request(type, data, { timeoutMs });
    const answer = answerOf(result, ANSWERS[type]);
    if (answer !== undefined) return answer;
    if (!result.ok && result.reason === 'error') throw new AppError(result.code, result.text, { details: { endpoint, type } });
    const message = `nobody answers on ${endpoint} within ${timeoutMs} ms; is the process running, and is this its SERVICE_ENDPOINT?`;
    throw new AppError('TOL_NOT_REACHABLE', message, { details: { endpoint, type } });
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }

  #client(endpoint: string): ServiceClient {
    const known = this.#clients.get(endpoint);
    if (known !== undefined) return known;
    const client = new ServiceClient({ ...this.#ports, endpoint, sender: this.#sender });
    this.#clients.set(endpoint, client);
    return client;
  }
}
