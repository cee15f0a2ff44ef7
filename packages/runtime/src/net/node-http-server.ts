/** The live HTTP server, on `node:http` and `ws`. No bytes from outside and no exception in a handler bring it down. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../app-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HttpListener, HttpServer, ServerHandlers, ServerOptions } from '../ports/http-server.ts';
import type { Log } from '../ports/log.ts';
import { errorCode, errorText } from './_error-text.ts';
import { INTERNAL_ERROR, writeReply } from './_server-reply.ts';
import { readBody, remoteAddressOf, splitTarget, textHeaders } from './_server-request.ts';
import { createUpgrader } from './_server-sockets.ts';

export interface HttpServerOptions {
  readonly clock: Clock;
  /** Where exceptions of handlers are reported; without it they are only answered. */
  readonly log?: Log;
}

const MEBIBYTE = 1024 * 1024;
const DEFAULT_MAX_CONNECTIONS = 1_024;
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than clients keep a connection idle, so that it is they who close: a close from here may cross a request. */
const KEEP_ALIVE_MS = 75_000;
/** How long a refused peer may go on sending, so that its answer is not lost in a reset. */
const LINGER_MS = 1_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  return { listen: async (address, handlers) => new Listener(options, address, handlers).listen() };
}

class Listener {
  readonly #options: HttpServerOptions;
  readonly #address: ServerOptions;
  readonly #handlers: ServerHandlers;
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();
  /** Connections whose bytes were refused: each further piece is an error to the parser again. */
  readonly #refused = new WeakSet<Duplex>();
  /** Requests without a whole answer, per connection. */
  readonly #open = new WeakMap<Duplex, Set<IncomingMessage>>();
  #closing: Promise<void> | undefined;

  constructor(options: HttpServerOptions, address: ServerOptions, handlers: ServerHandlers) {
    this.#options = options;
    this.#address = address;
    this.#handlers = handlers;
    this.#server = this.#createServer(serverOf(address));
  }

  listen(): Promise<HttpListener> {
    const { host, port } = this.#address;
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown): void => reject(listenError(error, host, port));
      const server = this.#server;
      server.once('error', refuse);
      try {
        server.listen({ host, port }, () => {
          server.off('error', refuse);
          // Once listening, an error is one connection that could not be accepted (out of descriptors); the others go on.
          server.on('error', (error) => this.#options.log?.error('http-accept-failed', { port, error: errorText(error) }));
          const bound = server.address();
          resolve({ host, port: typeof bound === 'object' && bound !== null ? bound.port : port, close: () => this.#close() });
        });
      } catch (error) {
        refuse(error);
      }
    });
  }

  #createServer(server: http.Server): http.Server {
    server.maxConnections = this.#address.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('clientError', (error: Error, socket: Duplex) => this.#refuseBytes(error, socket));
    server.on('request', (request, response) => this.#receive(request, response));
    server.on(
      'upgrade',
      createUpgrader({
        clock: this.#options.clock,
        maxFrameBytes: this.#address.maxFrameBytes ?? MEBIBYTE,
        acceptSocket: this.#handlers.socket?.bind(this.#handlers),
        reportBug: (where, error) => this.#reportBug(where, error),
      }),
    );
    return server;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    // A peer that goes away in the middle is not an event for anybody.
    request.on('error', ignore);
    response.on('error', ignore);
    this.#track(request, response);
    readBody(request, this.#address.maxBodyBytes ?? MEBIBYTE, {
      onBody: (body) => this.#answer(request, response, body),
      onTooLarge: () => this.#refuseBody(request, response),
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    try {
      const target = request.url ?? '/';
      const reply = this.#handlers.request({
        method: request.method ?? 'GET',
        target,
        ...splitTarget(target),
        headers: textHeaders(request),
        body,
        remoteAddress: remoteAddressOf(request),
      });
      // Without a promise in between where the answer is there at once.
      if (!('then' in reply)) writeReply(request, response, reply);
      else reply.then((later) => writeReply(request, response, later)).catch((error) => this.#failed(request, response, error));
    } catch (error) {
      this.#failed(request, response, error);
    }
  }

  #failed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    this.#reportBug('request', error);
    if (response.headersSent) request.socket.destroy();
    else writeReply(request, response, INTERNAL_ERROR);
  }

  #track(request: IncomingMessage, response: ServerResponse): void {
    let requests = this.#open.get(request.socket);
    if (requests === undefined) {
      requests = new Set();
      this.#open.set(request.socket, requests);
    }
    requests.add(request);
    response.once('close', () => requests.delete(request));
  }

  /** Answers at once, then reads on for a moment: closing with bytes unread would reset the connection and lose the answer. */
  #refuseBody(request: IncomingMessage, response: ServerResponse): void {
    const body = 'body too large';
    response.writeHead(413, { connection: 'close', 'content-length': String(body.length) });
    response.write(body);
    const linger = this.#options.clock.after(LINGER_MS, () => response.destroy());
    response.once('close', () => linger.cancel());
    request.once('end', () => response.end());
    request.resume();
  }

  #refuseBytes(error: Error, socket: Duplex): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    // While a whole request of this connection waits for its answer, this one would be taken for that.
    const waiting = [...(this.#open.get(socket) ?? [])].some((request) => request.complete);
    if (!socket.writable || waiting) {
      socket.destroy();
      return;
    }
    const status = STATUS_OF_ERROR[errorCode(error)] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    const linger = this.#options.clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', () => linger.cancel());
  }

  #reportBug(where: string, error: unknown): void {
    this.#options.log?.error('http-handler-failed', { where, port: this.#address.port, error: errorText(error) });
  }

  #close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of [...this.#sockets]) socket.destroy();
    });
    return this.#closing;
  }
}

function ignore(): void {}

/** @throws AppError `RUN_LISTEN_FAILED` when certificate or key cannot be used. */
function serverOf({ tls, requestTimeoutMs: requestTimeout = DEFAULT_REQUEST_TIMEOUT_MS, host, port }: ServerOptions): http.Server {
  const options: http.ServerOptions = {
    requestTimeout,
    headersTimeout: requestTimeout,
    connectionsCheckingInterval: Math.max(10, Math.min(1_000, requestTimeout / 4)),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  if (tls === undefined) return http.createServer(options);
  try {
    return https.createServer({ ...options, cert: tls.certificate, key: tls.key, handshakeTimeout: requestTimeout });
  } catch (error) {
    const message = `cannot listen on ${host}:${port}: certificate or key cannot be used (${errorText(error)}); both must be PEM and belong together`;
    throw new AppError('RUN_LISTEN_FAILED', message, { cause: error, details: { host, port } });
  }
}

const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function listenError(error: unknown, host: string, port: number): AppError {
  const where = `${host}:${port}`;
  const details = { host, port };
  if (errorCode(error) === 'EADDRINUSE') {
    const message = `${where} is already in use; stop the program that listens there, or choose another port in the configuration`;
    return new AppError('RUN_PORT_IN_USE', message, { cause: error, details });
  }
  const message = `cannot listen on ${where} (${errorText(error)}); check the host and port in the configuration`;
  return new AppError('RUN_LISTEN_FAILED', message, { cause: error, details });
}
