/** One client's connection to the WS-API: what it logged on as, and what drills did to it. */
import type { ServerSocket } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { DrilledSocket, LiveSocket } from '../stream/socket-life.ts';

const NO_STREAMS: ReadonlySet<string> = new Set();

export class ApiConnection implements DrilledSocket, LiveSocket {
  readonly route = 'ws-api';
  readonly streams = NO_STREAMS;
  readonly socket: ServerSocket;
  /** Whether answers carry the limits. */
  readonly returnsLimits: boolean;
  /** Logged on with `session.logon`. */
  account: Account | undefined;
  sinceMs = 0;
  silent = false;
  pingless = false;
  closed = false;

  constructor(socket: ServerSocket, returnsLimits: boolean) {
    this.socket = socket;
    this.returnsLimits = returnsLimits;
  }

  get ip(): string {
    return this.socket.remoteAddress;
  }

  answer(text: string): void {
    if (!this.closed && !this.silent) this.socket.send(text);
  }

  tellShutdown(nowMs: number): void {
    this.answer(`{"event":{"e":"serverShutdown","E":${nowMs}}}`);
  }

  close(code: number, reason: string): void {
    if (!this.closed) this.socket.close(code, reason);
  }

  cut(): void {
    if (!this.closed) this.socket.terminate();
  }
}
