/** One ZeroMQ socket in use: sends without waiting, counts what was refused, reads in one loop, closes once and frees its port. */
import type { Publisher, Router, Socket, Subscriber } from 'zeromq';
import { AppError } from '../app-error.ts';
import type { LinkEvent } from '../ports/bus.ts';
import type { Log } from '../ports/log.ts';
import { readFrames, readLinks } from './_loops.ts';
import { type Endpoints, Rejoiner } from './_rejoiner.ts';

type Readable = Socket & Pick<Subscriber, 'receive'>;
type Writable = Socket & { send(frames: (string | Uint8Array)[]): Promise<void> };

export interface SocketHandlers {
  readonly onFrames?: ((frames: Uint8Array[]) => void) | undefined;
  readonly onLink?: ((event: LinkEvent) => void) | undefined;
}

export class OpenSocket {
  /** As bound, or as given to connect. */
  readonly endpoint: string;
  readonly #socket: Socket;
  readonly #log: Log | undefined;
  readonly #onClosed: (socket: OpenSocket) => void;
  readonly #loops: Promise<void>[] = [];
  readonly #rejoiner: Rejoiner | undefined;
  readonly #refusedByCode = new Map<string, number>();
  #refused = 0;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, endpoint: string, isBound: boolean, log: Log | undefined, onClosed: (socket: OpenSocket) => void) {
    this.#socket = socket;
    this.endpoint = endpoint;
    this.#rejoiner = isBound ? undefined : new Rejoiner(socket as Socket & Endpoints);
    this.#log = log;
    this.#onClosed = onClosed;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Starts the loops. */
  listen(handlers: SocketHandlers): this {
    const { onFrames, onLink } = handlers;
    const log = this.#log;
    const report = (event: LinkEvent): void => {
      log?.debug('bus-link', { ...event });
      this.#rejoiner?.note(event);
      onLink?.(event);
    };
    // Also without a listener: a closed socket frees its port some time later, and only its monitor tells when.
    this.#loops.push(readLinks(this.#socket, report));
    if (onFrames !== undefined) this.#loops.push(readFrames(this.#socket as Readable, onFrames));
    return this;
  }

  /** A peer that is not there yet is no error. @throws AppError `BUS_BAD_ENDPOINT` when the text is no endpoint at all. */
  connect(endpoint: string): void {
    try {
      this.#socket.connect(endpoint);
      this.#rejoiner?.watch(endpoint);
    } catch (cause) {
      void this.close();
      const text = `'${endpoint}' is not an endpoint to connect to (${codeOf(cause)}): expected tcp://host:port`;
      throw new AppError('BUS_BAD_ENDPOINT', text, { cause, details: { endpoint } });
    }
  }

  send(frames: (string | Uint8Array)[]): void {
    if (this.#closing !== undefined) {
      this.#noteRefusal({ code: 'CLOSED' });
      return;
    }
    try {
      (this.#socket as Writable).send(frames).catch(this.#noteRefusal);
    } catch (error) {
      this.#noteRefusal(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#rejoiner?.close();
    this.#socket.close();
    await Promise.all(this.#loops);
    this.#onClosed(this);
  }

  readonly #noteRefusal = (error: unknown): void => {
    const code = codeOf(error);
    const seen = this.#refusedByCode.get(code) ?? 0;
    this.#refusedByCode.set(code, seen + 1);
    this.#refused += 1;
    if (seen === 0) this.#log?.warn('bus-send-refused', { endpoint: this.endpoint, code });
  };
}

/** Binds, or explains which endpoint could not be had and what to do. @throws AppError `RUN_PORT_IN_USE` | `RUN_BIND_FAILED` */
export async function bindSocket(socket: Publisher | Router, endpoint: string): Promise<string> {
  try {
    await socket.bind(endpoint);
  } catch (cause) {
    socket.close();
    const code = codeOf(cause);
    const details = { endpoint, reason: code };
    if (code === 'EADDRINUSE') {
      const text = `${endpoint} is in use: another process has it; stop that one or choose another port in the INI file`;
      throw new AppError('RUN_PORT_IN_USE', text, { cause, details });
    }
    throw new AppError('RUN_BIND_FAILED', `cannot bind ${endpoint} (${code}): check address and port in the INI file`, { cause, details });
  }
  return socket.lastEndpoint ?? endpoint;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
