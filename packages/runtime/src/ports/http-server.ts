/** An HTTP server whose connections may be upgraded to WebSocket; also able to misbehave on purpose, for the simulator. */

export interface ServerRequest {
  readonly method: string;
  /** As received, with the query string. */
  readonly target: string;
  readonly path: string;
  /** Raw text after `?`, without it; `''` when there is none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly remoteAddress: string;
}

export type ServerReply =
  /** The transport sets the content length. */
  | { readonly type: 'reply'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  /** Close the connection without an answer. */
  | { readonly type: 'reset' }
  /** Send head and the first `bytes` of the body, then close. */
  | { readonly type: 'truncate'; readonly status: number; readonly body: string; readonly bytes: number };

export interface ServerSocketEvents {
  onMessage(text: string): void;
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** Once; nothing comes after it. 1006 when cut; the code this side sent when the peer broke the protocol (binary 1003, too large 1009). */
  onClose(code: number, reason: string): void;
}

/** The server's end of a WebSocket. Pings of the peer are answered by the transport unless `pausePongs(true)`. */
export interface ServerSocket {
  readonly remoteAddress: string;
  /** During `ServerHandlers.socket` it is sent right after the upgrade is answered. Dropped once the connection closes. */
  send(text: string): void;
  /** Dropped once the connection closes. */
  ping(payload: Uint8Array): void;
  pausePongs(paused: boolean): void;
  /** Closing handshake. */
  close(code: number, reason: string): void;
  /** Cuts the connection without a closing handshake. */
  terminate(): void;
  /** Bytes accepted by `send` and not yet given to the network. */
  readonly bufferedBytes: number;
}

export interface UpgradeRequest {
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
}

export interface ServerHandlers {
  /** May answer later; an exception becomes `500 {"code":-1000,"msg":"internal"}` and is logged. */
  request(request: ServerRequest): ServerReply | Promise<ServerReply>;
  /** Absent, or an answer `undefined`: the upgrade is refused with 404. An exception in an event closes that socket with 1011. */
  socket?(upgrade: UpgradeRequest, socket: ServerSocket): ServerSocketEvents | undefined;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Default 1 MiB; a larger body is answered 413 and the connection closed. */
  readonly maxBodyBytes?: number;
  /** Default 1 MiB; a larger frame closes the socket with 1009. */
  readonly maxFrameBytes?: number;
  readonly maxConnections?: number;
  /** Default 10 s: time for a whole request to arrive (slow-loris). */
  readonly requestTimeoutMs?: number;
  /** With it the server speaks TLS: https and wss instead of http and ws. */
  readonly tls?: ServerTls;
}

/** Both as PEM text. */
export interface ServerTls {
  /** The server's own certificate, then those that vouch for it. */
  readonly certificate: string;
  readonly key: string;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** Stops listening, cuts what is open; idempotent. */
  close(): Promise<void>;
}

export interface HttpServer {
  /** @throws AppError `RUN_PORT_IN_USE` | `RUN_LISTEN_FAILED` (as a rejection; also for an unusable certificate), naming host and port. */
  listen(options: ServerOptions, handlers: ServerHandlers): Promise<HttpListener>;
}
