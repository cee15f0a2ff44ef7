/** Questions to the service sockets of the desk, each ending with its answer or with an error that says who did not answer. */
import type { MessageInput, MessageOf, MessageType } from '@fillwright/messages';
import { AppError, answerOf, type Bus, type Clock, type LinkEvent, Sender, ServiceClient } from '@fillwright/runtime';

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
  readonly 'service.reconcile': 'service.reconciliation';
  readonly 'service.retire-consumer': 'service.ok';
  readonly 'service.settle-order': 'service.ok';
}
const ANSWERS: Answers = {
  'service.ping': 'service.pong',
  'service.snapshot-request': 'service.snapshot',
  'service.query-account': 'service.account',
  'service.control': 'service.ok',
  'service.reconcile': 'service.reconciliation',
  'service.retire-consumer': 'service.ok',
  'service.settle-order': 'service.ok',
};

interface Peer {
  readonly client: ServiceClient;
  /** A question to a peer that is not connected is dropped, not kept: it has to wait here. */
  connected: boolean;
  waiting: readonly (() => void)[];
}

/** The name under which tools ask; it stands in the audit records of those asked. */
export const TOOLS_SOURCE = 'fillwright_tools';

export class ServiceDesk {
  readonly #ports: { readonly bus: Bus; readonly clock: Clock };
  readonly #sender: Sender;
  readonly #peers = new Map<string, Peer>();

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
    const peer = this.#peer(endpoint);
    const leftMs = await this.#connected(peer, timeoutMs);
    const result = await peer.client.request(type, data, { timeoutMs: leftMs });
    const answer = answerOf(result, ANSWERS[type]);
    if (answer !== undefined) return answer;
    if (!result.ok && result.reason === 'error') throw new AppError(result.code, result.text, { details: { endpoint, type } });
    const message = `nobody answers on ${endpoint} within ${timeoutMs} ms; is the process running, and is this its SERVICE_ENDPOINT?`;
    throw new AppError('TOL_NOT_REACHABLE', message, { details: { endpoint, type } });
  }

  async close(): Promise<void> {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    await Promise.all(peers.map(({ client }) => client.close()));
  }

  #peer(endpoint: string): Peer {
    const known = this.#peers.get(endpoint);
    if (known !== undefined) return known;
    const onLink = ({ type }: LinkEvent) => {
      if (type === 'disconnected' || type === 'closed') peer.connected = false;
      if (type === 'handshake') wake(peer);
    };
    const peer: Peer = {
      client: new ServiceClient({ ...this.#ports, endpoint, sender: this.#sender, onLink }),
      connected: false,
      waiting: [],
    };
    this.#peers.set(endpoint, peer);
    return peer;
  }

  /** Resolves with what is left of the time, at least one millisecond, when connected or when it is over. */
  #connected(peer: Peer, timeoutMs: number): Promise<number> {
    if (peer.connected) return Promise.resolve(timeoutMs);
    const startUs = this.#ports.clock.monotonicUs();
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        resolve(Math.max(1, timeoutMs - (this.#ports.clock.monotonicUs() - startUs) / 1000));
      };
      const timer = this.#ports.clock.after(timeoutMs, done);
      peer.waiting = [...peer.waiting, done];
    });
  }
}

function wake(peer: Peer): void {
  peer.connected = true;
  const { waiting } = peer;
  peer.waiting = [];
  for (const go of waiting) go();
}
