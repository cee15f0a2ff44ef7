/** Over which wire a command goes: REST, or the WebSocket API while that is ready. Chosen anew for each command, never for one in flight. */
import type { Params } from '../common/query-text.ts';
import type { OrderChannel } from '../websocket/order-channel.ts';
import type { Endpoint } from './endpoints.ts';
import type { RestClient, RestResult } from './rest-client.ts';

export const ORDER_TRANSPORTS = ['rest', 'ws', 'auto'] as const;
/** `auto`: WebSocket while it is ready, else REST. `ws`: new orders and changes go over WebSocket or not at all; a cancel goes anyway. */
export type OrderTransport = (typeof ORDER_TRANSPORTS)[number];

export class CommandTransport {
  readonly #rest: RestClient;
  readonly #channel: OrderChannel | undefined;
  readonly #choice: OrderTransport;

  constructor(rest: RestClient, channel: OrderChannel | undefined, choice: OrderTransport) {
    this.#rest = rest;
    this.#channel = channel;
    this.#choice = choice;
  }

  /** Settles when the WebSocket API is up, or was not there at first. */
  async start(): Promise<void> {
    await this.#channel?.start();
  }

  /** Handed to the network before this returns, or refused with the proof that it was not. */
  call(endpoint: Endpoint, params: Params, timeoutMs: number): Promise<RestResult> {
    const { name, method, webSocketMethod } = endpoint;
    if (this.#channel === undefined || webSocketMethod === undefined) return this.#rest.call(endpoint, params, timeoutMs);
    if (this.#channel.isReady) return this.#channel.call(name, webSocketMethod, params, timeoutMs);
    if (this.#choice === 'auto' || method === 'DELETE') return this.#rest.call(endpoint, params, timeoutMs);
    const text = 'the WebSocket API is not connected or full, and ORDER_TRANSPORT=ws allows no other way';
    return Promise.resolve({ type: 'failure', failure: { kind: 'transport', sent: 'no', reason: 'refused', text } });
  }

  close(): void {
    this.#channel?.close();
  }
}
