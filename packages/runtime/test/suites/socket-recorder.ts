/** Events of WebSockets, kept in their order, and checks that hold for every connection. */
import type { ServerSocket, ServerSocketEvents, UpgradeRequest } from '../../src/ports/http-server.ts';
import type { WebSocketClose, WebSocketConnection, WebSocketEvents } from '../../src/ports/web-socket.ts';

export type ClientEvent =
  | { readonly type: 'open' }
  | { readonly type: 'message' | 'ping' | 'pong'; readonly text: string }
  | { readonly type: 'close'; readonly close: WebSocketClose };

/** The client's end: set `connection` right after connecting, then read `events`. */
export class ClientRecorder implements WebSocketEvents {
  readonly events: ClientEvent[] = [];
  connection: WebSocketConnection | undefined;
  /** Runs inside `onOpen` and `onMessage`, after the event was recorded. */
  react: (event: ClientEvent, connection: WebSocketConnection) => void = () => {};

  onOpen(): void {
    this.#record({ type: 'open' });
  }

  onMessage(text: string): void {
    this.#record({ type: 'message', text });
  }

  onPing(payload: Uint8Array): void {
    this.#record({ type: 'ping', text: textOf(payload) });
  }

  onPong(payload: Uint8Array): void {
    this.#record({ type: 'pong', text: textOf(payload) });
  }

  onClose(close: WebSocketClose): void {
    this.#record({ type: 'close', close });
  }

  get opened(): boolean {
    return this.events.some((event) => event.type === 'open');
  }

  get closed(): boolean {
    return this.events.some((event) => event.type === 'close');
  }

  /** The texts of all events of a type. */
  texts(type: 'message' | 'ping' | 'pong'): readonly string[] {
    return this.events.flatMap((event) => (event.type === type ? [event.text] : []));
  }

  /** The one close, which must be the last event. */
  get theClose(): WebSocketClose {
    const closes = this.events.flatMap((event) => (event.type === 'close' ? [event.close] : []));
    const [close] = closes;
    if (close === undefined || closes.length !== 1) throw new Error(`expected one close, got ${closes.length}`);
    if (this.events.at(-1)?.type !== 'close') throw new Error('something came after the close');
    return close;
  }

  #record(event: ClientEvent): void {
    if (this.connection === undefined) throw new Error(`${event.type} came inside connect()`);
    this.events.push(event);
    this.react(event, this.connection);
  }
}

export interface ServerClose {
  readonly code: number;
  readonly reason: string;
}

/** The server's end of one connection. */
export class ServerRecorder implements ServerSocketEvents {
  readonly upgrade: UpgradeRequest;
  readonly socket: ServerSocket;
  readonly messages: string[] = [];
  readonly pings: string[] = [];
  readonly pongs: string[] = [];
  readonly closes: ServerClose[] = [];
  afterClose = 0;

  constructor(upgrade: UpgradeRequest, socket: ServerSocket) {
    this.upgrade = upgrade;
    this.socket = socket;
  }

  onMessage(text: string): void {
    this.#note(this.messages, text);
  }

  onPing(payload: Uint8Array): void {
    this.#note(this.pings, textOf(payload));
  }

  onPong(payload: Uint8Array): void {
    this.#note(this.pongs, textOf(payload));
  }

  onClose(code: number, reason: string): void {
    this.#note(this.closes, { code, reason });
  }

  #note<T>(list: T[], item: T): void {
    if (this.closes.length > 0) this.afterClose += 1;
    list.push(item);
  }
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}
