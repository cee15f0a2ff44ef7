/** The HttpServer port on the simulated network, WebSocket upgrades and deliberate misbehaviour included. */
import {
  AppError,
  type HttpListener,
  type HttpServer,
  type Log,
  type ServerHandlers,
  type ServerOptions,
  type ServerReply,
} from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Listener, Network } from '../kernel/network.ts';
import { type AnswerUnit, HEAD_BYTES, lowerCaseNames, type RequestUnit, splitTarget, type UpgradeUnit } from './http-wire.ts';
import { ServerWebSocket } from './server-socket.ts';

/** The defaults of the live server. */
const MEBIBYTE = 1024 * 1024;
const DEFAULT_MAX_CONNECTIONS = 1_024;
const INTERNAL_ERROR: ServerReply = {
  type: 'reply',
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: '{"code":-1000,"msg":"internal"}',
};

export function simulatedHttpServer(incarnation: Incarnation, network: Network, log: Log): HttpServer {
  return {
    listen: (options, handlers) =>
      incarnation.callAsync('httpServer.listen', `listening on ${options.host}:${options.port}`, (settle) => {
        const running = new RunningServer(incarnation, options, handlers, log);
        const listener = network.listen(incarnation, options.host, options.port, { onConnection: (end) => running.accept(end) });
        incarnation.later(0, 'http.listening', () => {
          if (typeof listener === 'string') settle.reject(listenError(listener, options));
          else settle.resolve(running.listening(listener));
        });
      }),
  };
}

class RunningServer {
  readonly #incarnation: Incarnation;
  readonly #options: ServerOptions;
  readonly #handlers: ServerHandlers;
  readonly #log: Log;
  /** Open connections, and how each is cut when the listener closes. */
  readonly #connections = new Map<ConnectionEnd, () => void>();

  constructor(incarnation: Incarnation, options: ServerOptions, handlers: ServerHandlers, log: Log) {
    this.#incarnation = incarnation;
    this.#options = options;
    this.#handlers = handlers;
    this.#log = log;
  }

  listening(listener: Listener): HttpListener {
    const closed = (): void => {
      listener.close();
      for (const cut of [...this.#connections.values()]) cut();
      this.#connections.clear();
    };
    return {
      host: this.#options.host,
      port: listener.port,
      close: () =>
        this.#incarnation.callAsync('httpServer.close', `closing port ${listener.port}`, (settle) => {
          closed();
          this.#incarnation.later(0, 'http.closed', () => settle.resolve());
        }),
    };
  }

  accept(end: ConnectionEnd): void {
    if (this.#connections.size >= (this.#options.maxConnections ?? DEFAULT_MAX_CONNECTIONS)) {
      end.reset();
      return;
    }
    this.#connections.set(end, () => end.end());
    end.events = {
      onUnit: (unit) => this.#receive(end, unit as RequestUnit | UpgradeUnit),
      onCut: () => this.#connections.delete(end),
    };
  }

  #forget(end: ConnectionEnd): ConnectionEnd {
    this.#connections.delete(end);
    return end;
  }

  #receive(end: ConnectionEnd, unit: RequestUnit | UpgradeUnit): void {
    if (unit.type === 'upgrade') {
      this.#upgrade(end, unit);
    } else if (Buffer.byteLength(unit.body) > (this.#options.maxBodyBytes ?? MEBIBYTE)) {
      this.#write(end, { type: 'reply', status: 413, headers: { connection: 'close' }, body: 'body too large' });
    } else {
      const { method, target, headers, body } = unit;
      const { remoteAddress } = end;
      void this.#answer(end, { method, target, ...splitTarget(target), headers, body, remoteAddress });
    }
  }

  async #answer(end: ConnectionEnd, request: Parameters<ServerHandlers['request']>[0]): Promise<void> {
    let reply: ServerReply;
    try {
      reply = await this.#handlers.request(request);
    } catch (error) {
      if (this.#incarnation.dead) return;
      this.#reportBug('request', error);
      reply = INTERNAL_ERROR;
    }
    // An answer reaches the outside, so it is a port call like any other: a crash may strike before and after it.
    this.#incarnation.call('httpServer.reply', () => this.#write(end, reply));
  }

  #write(end: ConnectionEnd, reply: ServerReply): void {
    this.#incarnation.note('http.reply', reply.type === 'reset' ? 'reset' : `${reply.type} ${reply.status} ${reply.body}`);
    if (reply.type === 'reset') {
      this.#forget(end).reset();
      return;
    }
    const unit = reply.type === 'reply' ? wholeAnswer(reply) : truncatedAnswer(reply);
    end.send(unit, HEAD_BYTES + unit.body.length);
    if (!unit.keepAlive) this.#forget(end).end();
  }

  #upgrade(end: ConnectionEnd, unit: UpgradeUnit): void {
    const { headers, target } = unit;
    const socket = new ServerWebSocket(this.#incarnation, end, this.#options.maxFrameBytes ?? MEBIBYTE, (where, error) =>
      this.#reportBug(where, error),
    );
    let status = 404;
    try {
      const events = this.#handlers.socket?.({ ...splitTarget(target), headers, remoteAddress: end.remoteAddress }, socket);
      if (events !== undefined) {
        this.#connections.set(end, () => socket.cut());
        socket.open(events, () => this.#connections.delete(end));
        return;
      }
    } catch (error) {
      if (this.#incarnation.dead) return;
      this.#reportBug('upgrade', error);
      status = 500;
    }
    end.send({ type: 'upgrade-refused', status }, HEAD_BYTES);
    this.#forget(end).end();
  }

  #reportBug(where: string, error: unknown): void {
    if (!this.#incarnation.dead) this.#log.error('http-handler-failed', { where, port: this.#options.port, error });
  }
}

function wholeAnswer(reply: Extract<ServerReply, { type: 'reply' }>): AnswerUnit {
  const { status, body } = reply;
  const bodiless = status === 204 || status === 304;
  const length = bodiless ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const headers: Record<string, string> = { ...lowerCaseNames(reply.headers ?? {}), ...length };
  return { type: 'answer', status, headers, body: bodiless ? '' : body, complete: true, keepAlive: headers.connection !== 'close' };
}

function truncatedAnswer(reply: Extract<ServerReply, { type: 'truncate' }>): AnswerUnit {
  const bytes = Buffer.from(reply.body);
  const headers = { 'content-length': String(bytes.length), connection: 'close' };
  const body = bytes.subarray(0, reply.bytes).toString();
  return { type: 'answer', status: reply.status, headers, body, complete: reply.bytes >= bytes.length, keepAlive: false };
}

function listenError(problem: 'in-use' | 'unavailable', options: ServerOptions): AppError {
  const where = `${options.host}:${options.port}`;
  const details = { host: options.host, port: options.port };
  if (problem === 'in-use') {
    return new AppError('RUN_PORT_IN_USE', `${where} is already in use; stop the program that listens there, or choose another port`, {
      details,
    });
  }
  return new AppError('RUN_LISTEN_FAILED', `cannot listen on ${where}: not an address of this machine; check host and port`, { details });
}
