/** The server's end of a simulated WebSocket. What a handler asks for while it decides is done once the upgrade is answered. */
import type { ServerSocket, ServerSocketEvents } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import { IncarnationDead } from '../kernel/incarnation-dead.ts';
import { type FrameUnit, HEAD_BYTES } from './http-wire.ts';
import { WebSocketEnd } from './web-socket-end.ts';

/** Told of an exception in a handler; must not throw. */
export type ReportBug = (where: string, error: unknown) => void;

export class ServerWebSocket implements ServerSocket {
  readonly remoteAddress: string;
  readonly #incarnation: Incarnation;
  readonly #connection: ConnectionEnd;
  readonly #maxFrameBytes: number;
  readonly #reportBug: ReportBug;
  readonly #early: ((end: WebSocketEnd) => void)[] = [];
  #end: WebSocketEnd | undefined;

  constructor(incarnation: Incarnation, connection: ConnectionEnd, maxFrameBytes: number, reportBug: ReportBug) {
    this.remoteAddress = connection.remoteAddress;
    this.#incarnation = incarnation;
    this.#connection = connection;
    this.#maxFrameBytes = maxFrameBytes;
    this.#reportBug = reportBug;
  }

  /** Accepts the upgrade. */
  open(events: ServerSocketEvents, onGone: () => void): void {
    const end = new WebSocketEnd(this.#incarnation, this.#connection, this.#maxFrameBytes, true, {
      onMessage: (text) => this.#safely('onMessage', () => events.onMessage(text)),
      onPing: (payload) => this.#safely('onPing', () => events.onPing(payload)),
      onPong: (payload) => this.#safely('onPong', () => events.onPong(payload)),
      onClose: (close) => {
        onGone();
        this.#safely('onClose', () => events.onClose(close.code, close.reason));
      },
    });
    this.#connection.events = { onUnit: (unit) => end.receive(unit as FrameUnit), onCut: () => end.lost() };
    this.#connection.send({ type: 'upgraded' }, HEAD_BYTES);
    this.#end = end;
    for (const act of this.#early.splice(0)) act(end);
  }

  /** The listener closes. */
  cut(): void {
    this.#end?.cut('the listener was closed');
  }

  send(text: string): void {
    this.#do('serverSocket.send', (end) => end.send(text));
  }

  ping(payload: Uint8Array): void {
    this.#do('serverSocket.ping', (end) => end.ping(payload));
  }

  pausePongs(paused: boolean): void {
    this.#do('serverSocket.pausePongs', (end) => {
      end.pongsPaused = paused;
    });
  }

  close(code: number, reason: string): void {
    this.#do('serverSocket.close', (end) => end.close(code, reason));
  }

  terminate(): void {
    this.#do('serverSocket.terminate', (end) => end.cut('terminated by the server'));
  }

  get bufferedBytes(): number {
    return this.#incarnation.call('serverSocket.bufferedBytes', () => this.#end?.bufferedBytes ?? 0);
  }

  #do(call: string, act: (end: WebSocketEnd) => void): void {
    this.#incarnation.call(call, () => {
      if (this.#end === undefined) this.#early.push(act);
      else act(this.#end);
    });
  }

  /** A handler that throws costs its own socket only. */
  #safely(where: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof IncarnationDead) throw error;
      this.#reportBug(where, error);
      this.#end?.close(1011, 'internal');
    }
  }
}
