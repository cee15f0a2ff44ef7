/** Outgoing WebSocket connections. */

export interface WebSocketEvents {
  onOpen(): void;
  onMessage(text: string): void;
  /** The peer pinged; the pong was already sent with the same payload. */
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /**
   * Exactly once per connection, also when it never opened; nothing comes after it, and nothing but it after `terminate`.
   * `error` is set when this was not an orderly close (refused, handshake failed, cut by either side, protocol error, frame too large).
   */
  onClose(close: WebSocketClose): void;
}

export interface WebSocketClose {
  /**
   * The peer's code; 1005 when it gave none, 1006 when the connection ended without a closing handshake. When the peer broke the protocol,
   * the code it was sent: 1002, 1003 (binary), 1007 (not UTF-8), 1009 (too large).
   */
  readonly code: number;
  readonly reason: string;
  readonly opened: boolean;
  readonly error?: string;
  /** The status with which the server answered instead of upgrading (e.g. 404, 429); absent otherwise. */
  readonly httpStatus?: number;
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
  /** At most 125 bytes. Dropped when not open. */
  ping(payload?: Uint8Array): void;
  /** Closing handshake (default 1000); cut after 2 s without an answer. Messages of the peer still come until it answers. */
  close(code?: number, reason?: string): void;
  /** Cuts the connection; `onClose` follows, not inside this call. */
  terminate(): void;
}

export interface WebSocketConnector {
  /** Never throws, not even for a bad address: that comes as `onClose`. Events never run inside this call. */
  connect(options: WebSocketOptions, events: WebSocketEvents): WebSocketConnection;
}
