/** Over which wire a command goes: REST, or the WebSocket API while that is ready. Chosen anew for each command, never for one in flight. */
import type { RateTicket } from '@fillwright/domain';
import type { Params } from '../common/query-text.ts';
import type { OrderChannel } from '../websocket/order-channel.ts';
import type { WebSocketEndpoint } from '../websocket/order-line.ts';
import { costOf } from './endpoint-costs.ts';
import type { Endpoint } from './endpoints.ts';
import type { RateGate } from './rate-gate.ts';
import type { RestClient, RestResult } from './rest-client.ts';

export const ORDER_TRANSPORTS = ['rest', 'ws', 'auto'] as const;
/** `auto`: WebSocket while it is ready, else REST. `ws`: new orders and changes go over WebSocket or not at all; cancels and questions go anyway. */
export type OrderTransport = (typeof ORDER_TRANSPORTS)[number];

const NOT_CONNECTED: RestResult = {
  type: 'failure',
  failure: {
    kind: 'transport',
    sent: 'no',
    reason: 'refused',
    text: 'the WebSocket API is not connected or full, and ORDER_TRANSPORT=ws allows no other way',
  },
};

export class CommandTransport {
  readonly #rest: RestClient;
  readonly #channel: OrderChannel | undefined;
  readonly #choice: OrderTransport;
  readonly #gate: RateGate;

  constructor(rest: RestClient, channel: OrderChannel | undefined, choice: OrderTransport, gate: RateGate) {
    this.#gate = gate;
    this.#rest = rest;
    this.#channel = channel;
    this.#choice = choice;
  }

  /** Settles when the WebSocket API is up, or was not there at first. */
  async start(): Promise<void> {
    await this.#channel?.start();
  }

  /**
   * With a ticket: handed to the network before this returns, or refused with the proof that it was not. Without one it waits for room. A question
   * that the WebSocket API does not answer is asked over REST, and a cancel that it did not take goes there, too.
   */
  call(endpoint: Endpoint, params: Params, timeoutMs: number, ticket?: RateTicket): Promise<RestResult> {
    const channel = this.#channel;
    if (channel === undefined || !isOnWebSocket(endpoint)) return this.#rest.call(endpoint, params, timeoutMs, ticket);
    if (channel.takes(endpoint)) return this.#overWebSocket(channel, endpoint, params, timeoutMs, ticket);
    if (this.#choice === 'auto' || endpoint.method === 'DELETE' || endpoint.method === 'GET')
      return this.#rest.call(endpoint, params, timeoutMs, ticket);
    return Promise.resolve(NOT_CONNECTED);
  }

  async #overWebSocket(
    channel: OrderChannel,
    endpoint: Endpoint & WebSocketEndpoint,
    params: Params,
    timeoutMs: number,
    ticket: RateTicket | undefined,
  ): Promise<RestResult> {
    let hadTurn = false;
    const write = (): Promise<RestResult> => {
      hadTurn = true;
      // What had to wait may find it down.
      return channel.takes(endpoint) ? channel.call(endpoint, params, timeoutMs) : Promise.resolve(NOT_CONNECTED);
    };
    const result = await this.#gate.pass(costOf(endpoint, params), write, ticket);
    return hadTurn && mayGoOnByRest(endpoint, result) ? this.#rest.call(endpoint, params, timeoutMs) : result;
  }

  /** Commands would go over REST now. */
  get usesRest(): boolean {
    return this.#channel === undefined || (this.#choice === 'auto' && !this.#channel.isReady);
  }

  /** The credentials are others now. */
  renew(): void {
    this.#channel?.renew();
  }

  close(): void {
    this.#channel?.close();
  }
}

function isOnWebSocket(endpoint: Endpoint): endpoint is Endpoint & WebSocketEndpoint {
  return endpoint.webSocketMethod !== undefined;
}

/** A question without an answer; a cancel that was not written. */
function mayGoOnByRest({ method }: Endpoint, result: RestResult): boolean {
  if (result.type !== 'failure' || result.failure.kind !== 'transport') return false;
  return method === 'GET' || (method === 'DELETE' && result.failure.sent === 'no');
}
