/** The live network ports on loopback, with a clock that only tests move. */
import net, { type AddressInfo } from 'node:net';
import type { UsTime } from '@fillwright/domain/time';
import { createHttpClient, type HttpClientOptions } from '../../src/net/axios-http-client.ts';
import { createHttpServer } from '../../src/net/node-http-server.ts';
import { createWebSocketConnector } from '../../src/net/ws-connector.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import { freePort } from '../suites/free-port.ts';
import type { NetWorld } from '../suites/world.ts';

const DEADLINE_MS = 10_000;
const HOST = '127.0.0.1';

/** Time stands still until `advance`; timers run in the order of their due time, then of their making. */
export class ManualClock implements Clock {
  #nowUs = 0;
  #timers: { readonly dueUs: number; readonly callback: () => void }[] = [];

  wallUs(): UsTime {
    return this.#nowUs as unknown as UsTime;
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { dueUs: this.#nowUs + delayMs * 1_000, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Timers that still wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const targetUs = this.#nowUs + ms * 1_000;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.dueUs <= targetUs).sort((a, b) => a.dueUs - b.dueUs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowUs = Math.max(this.#nowUs, next.dueUs);
      next.callback();
    }
    this.#nowUs = targetUs;
  }
}

/** A log that keeps its lines. */
export class LineLog implements Log {
  readonly lines: { readonly level: string; readonly event: string; readonly fields: unknown }[] = [];
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warn = this.#at('warn');
  readonly error = this.#at('error');

  child(): Log {
    return this;
  }

  #at(level: string) {
    return (event: string, fields?: unknown): void => {
      this.lines.push({ level, event, fields });
    };
  }
}

export interface LiveWorld extends NetWorld {
  readonly clock: ManualClock;
  readonly log: LineLog;
}

export async function makeLiveWorld(options: Partial<HttpClientOptions> = {}): Promise<LiveWorld> {
  const clock = new ManualClock();
  const log = new LineLog();
  const http = createHttpClient({ clock, ...options });
  const server = createHttpServer({ clock, log });
  const closers: (() => Promise<void>)[] = [];
  return {
    clock,
    log,
    http,
    webSocket: createWebSocketConnector({ clock }),
    host: HOST,
    httpServer: {
      listen: async (address, handlers) => {
        const listener = await server.listen(address, handlers);
        closers.push(() => listener.close());
        return listener;
      },
    },
    settle: withDeadline,
    until,
    advance: async (ms) => clock.advance(ms),
    quiesce,
    url: (listener, path, scheme = 'http') => `${scheme}://${HOST}:${listener.port}${path}`,
    refusedUrl: async (scheme) => `${scheme}://${HOST}:${await freePort()}/`,
    silentUrl: async (scheme) => {
      const silent = await listenSilently();
      closers.push(silent.close);
      return `${scheme}://${HOST}:${silent.port}/`;
    },
    close: async () => {
      http.close();
      for (const close of closers) await close();
    },
  };
}

export async function withDeadline<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing settled within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/** One turn of the event loop, input and output included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited ${DEADLINE_MS} ms in vain for ${what}`);
    await turn();
  }
}

/** Loopback delivers within a few turns; forty leave room for a closing handshake. */
export async function quiesce(): Promise<void> {
  for (let turns = 0; turns < 40; turns += 1) await turn();
}

async function listenSilently(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
