/** Outgoing WebSocket connections. */

export interface WebSocketEvents {
  onOpen(): void;
  onMessage(text: string): void;
  /** The peer pinged; the pong was already sent with the same payload. */
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /**
   * Exactly once per connection, also when it never opened; nothing comes after it.
   * `error` is set when this was not an orderly close (refused, handshake failed, cut, protocol error, frame too large).
   */
  onClose(close: WebSocketClose): void;
}

export interface WebSocketClose {
  /** 1006 when the connection ended without a closing handshake. */
  readonly code: number;
  readonly reason: string;
  readonly opened: boolean;
  readonly error?: string;
}

export interface WebSocketOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  readonly maxMessageBytes: number;
}

export interface WebSocketConnection {
  readonly state: 'connecting' | 'open' | 'closing' | 'closed';
  /** Bytes accepted and not yet given to the network. */
  readonly bufferedBytes: number;
  /** Hands the frame to the network in this call. @throws AppError `RUN_SOCKET_NOT_OPEN` when not open. */
  send(text: string): void;
  ping(payload?: Uint8Array): void;
  /** Closing handshake; cut after 2 s without an answer. */
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export interface WebSocketConnector {
  /** Never throws for network reasons: those come as `onClose`. Events never run inside this call. */
  connect(options: WebSocketOptions, events: WebSocketEvents): WebSocketConnection;
}
