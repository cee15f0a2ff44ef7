/**
 * Orders over the venue's WebSocket API. One connection takes them; before its end, when that is known, another is opened, and only when that is
 * ready it takes over: what is on its way on the old one gets its answers there.
 */
import type { Params } from '../common/query-text.ts';
import type { RestResult } from '../http/rest-client.ts';
import { OrderLine, type OrderLineOptions, type OrderLinePorts, type WebSocketEndpoint } from './order-line.ts';

export class OrderChannel {
  readonly #ports: OrderLinePorts;
  readonly #options: OrderLineOptions;
  /** Takes requests. */
  #line: OrderLine;
  /** Opened to take its place. */
  #next: OrderLine | undefined;
  /** Had its place before; gets its last answers. */
  #old: OrderLine | undefined;

  constructor(ports: OrderLinePorts, options: OrderLineOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#line = this.#makeLine();
  }

  /** Settles when the first attempt to connect succeeded or failed; it goes on trying for ever. */
  start(): Promise<void> {
    return this.#line.start();
  }

  get isReady(): boolean {
    return this.#line.isReady;
  }

  /** A request can be written now. */
  takes(endpoint: WebSocketEndpoint): boolean {
    return this.#line.takes(endpoint);
  }

  /** Registered and handed to the network before this returns; call it only when it `takes` that. Never rejects. */
  call(endpoint: WebSocketEndpoint, params: Params, timeoutMs: number): Promise<RestResult> {
    return this.#line.call(endpoint, params, timeoutMs);
  }

  /** The credentials are others now: a session that logged on with the old ones is replaced. */
  renew(): void {
    if (this.#line.hasSession) this.#replace(this.#line);
  }

  close(): void {
    for (const line of [this.#old, this.#line, this.#next]) line?.close();
  }

  #makeLine(): OrderLine {
    const line = new OrderLine(this.#ports, this.#options, { onReady: () => this.#ready(line), onAged: () => this.#replace(line) });
    return line;
  }

  #replace(line: OrderLine): void {
    if (line !== this.#line || this.#next !== undefined) return;
    this.#next = this.#makeLine();
    void this.#next.start();
  }

  #ready(line: OrderLine): void {
    if (line !== this.#next) return;
    this.#old?.close();
    this.#old = this.#line;
    this.#line = line;
    this.#next = undefined;
    this.#old.leave();
  }
}
