/**
 * Orders over the venue's WebSocket API. One connection takes them; before its end, when that is known, another is opened, and only when that is
 * ready it takes over: what is on its way on the old one gets its answers there.
 */
import type { Timer } from '@fillwright/runtime/ports';
import type { Params } from '../common/query-text.ts';
import type { RestResult } from '../http/rest-client.ts';
import { OrderLine, type OrderLineOptions, type OrderLinePorts, type WebSocketEndpoint } from './order-line.ts';

/**
 * From one replacement to the next. The venue announces an end ten minutes before; were new connections told of theirs at once, each attempt
 * would cost weight. And what is on its way on the one before has its answers by then.
 */
const REPLACE_EVERY_MS = 60_000;

export class OrderChannel {
  readonly #ports: OrderLinePorts;
  readonly #options: OrderLineOptions;
  /** Takes requests. */
  #line: OrderLine;
  /** Opened to take its place. */
  #next: OrderLine | undefined;
  /** Had its place before; gets its last answers. */
  #old: OrderLine | undefined;
  /** Until the next replacement may begin. */
  #pause: Timer | undefined;
  #isClosed = false;

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

  /** The credentials are others now. */
  renew(): void {
    for (const line of [this.#line, this.#next]) line?.renew();
  }

  close(): void {
    this.#isClosed = true;
    this.#pause?.cancel();
    for (const line of [this.#old, this.#line, this.#next]) line?.close();
  }

  #makeLine(): OrderLine {
    const line = new OrderLine(this.#ports, this.#options, { onReady: () => this.#ready(line), onStale: () => this.#replaceStale() });
    return line;
  }

  #replaceStale(): void {
    if (!this.#line.isStale || this.#next !== undefined || this.#pause !== undefined || this.#isClosed) return;
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
    this.#pause = this.#ports.clock.after(REPLACE_EVERY_MS, () => {
      this.#pause = undefined;
      this.#replaceStale();
    });
  }
}
