/** Upgrades of an HTTP server: which are accepted, and the server's end of those. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../ports/clock.ts';
import type { ServerHandlers, ServerSocket, ServerSocketEvents } from '../ports/http-server.ts';
import { remoteAddressOf, splitTarget, textHeaders } from './_server-request.ts';
import { END_OPTIONS, WebSocketEnd } from './_web-socket-end.ts';

/** Told of an exception in a handler; must not throw. */
export type ReportBug = (where: string, error: unknown) => void;

export interface UpgradeOptions {
  readonly clock: Clock;
  readonly maxFrameBytes: number;
  readonly acceptSocket: ServerHandlers['socket'];
  readonly reportBug: ReportBug;
}

/** Listener for `upgrade` of `node:http`. */
export function createUpgrader(options: UpgradeOptions): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const accepted = new WeakMap<IncomingMessage, { readonly socket: EndOfServer; readonly events: ServerSocketEvents }>();
  const server = new WebSocketServer({
    ...END_OPTIONS,
    noServer: true,
    clientTracking: false,
    maxPayload: options.maxFrameBytes,
    // Asked once `ws` found the handshake sound, so that a handler never meets a socket that cannot open.
    verifyClient: ({ req: request }: { req: IncomingMessage }, answer: (ok: boolean, status?: number) => void) => {
      const socket = new EndOfServer(remoteAddressOf(request));
      try {
        const { path, query } = splitTarget(request.url ?? '/');
        const upgrade = { path, query, headers: textHeaders(request), remoteAddress: socket.remoteAddress };
        const events = options.acceptSocket?.(upgrade, socket);
        if (events === undefined) return answer(false, 404);
        accepted.set(request, { socket, events });
      } catch (error) {
        options.reportBug('upgrade', error);
        return answer(false, 500);
      }
      answer(true);
    },
  });
  return (request, duplex, head) => {
    const attach = (ws: WebSocket): void => {
      const entry = accepted.get(request);
      entry?.socket.attach(ws, options, entry.events);
    };
    server.handleUpgrade(request, duplex, head, attach);
    const entry = accepted.get(request);
    // The peer was gone before the answer.
    if (entry !== undefined && !entry.socket.attached) guard(options.reportBug, 'onClose', () => entry.events.onClose(1006, ''));
  };
}

class EndOfServer implements ServerSocket {
  readonly remoteAddress: string;
  #end: WebSocketEnd | undefined;
  /** What a handler asks for while it decides: done as soon as the upgrade is answered. */
  readonly #early: ((end: WebSocketEnd) => void)[] = [];

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }

  get attached(): boolean {
    return this.#end !== undefined;
  }

  attach(ws: WebSocket, options: UpgradeOptions, events: ServerSocketEvents): void {
    const safely = (where: string, work: () => void): void => {
      if (!guard(options.reportBug, where, work)) this.close(1011, 'internal');
    };
    const end = new WebSocketEnd(ws, options.clock, {
      onMessage: (text) => safely('onMessage', () => events.onMessage(text)),
      onPing: (payload) => safely('onPing', () => events.onPing(payload)),
      onPong: (payload) => safely('onPong', () => events.onPong(payload)),
      onClose: (close) => safely('onClose', () => events.onClose(close.code, close.reason)),
    });
    this.#end = end;
    for (const act of this.#early.splice(0)) act(end);
  }

  send(text: string): void {
    this.#do((end) => end.send(text));
  }

  ping(payload: Uint8Array): void {
    this.#do((end) => end.ping(payload));
  }

  pausePongs(paused: boolean): void {
    this.#do((end) => {
      end.pongsPaused = paused;
    });
  }

  close(code: number, reason: string): void {
    this.#do((end) => end.close(code, reason));
  }

  terminate(): void {
    this.#do((end) => end.cut('terminated by the server'));
  }

  get bufferedBytes(): number {
    return this.#end?.bufferedBytes ?? 0;
  }

  #do(act: (end: WebSocketEnd) => void): void {
    if (this.#end === undefined) this.#early.push(act);
    else act(this.#end);
  }
}

/** @returns whether `work` went through */
function guard(reportBug: ReportBug, where: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    reportBug(where, error);
    return false;
  }
}
