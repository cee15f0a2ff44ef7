/**
 * Timestamps around a running service, taken at its ports: nothing in the service knows of them. An input begins a sample; the first time
 * something leaves after it ends one. Only what is asked for is kept.
 */
import { Socket } from 'node:net';
import type { Bus, HttpClient, WebSocketConnector } from '@fillwright/runtime';
import type { Rounds } from './rows.ts';

/**
 * `request`: the HTTP client is called, or a frame is sent over a WebSocket · `bytes`: the first byte after that is handed to a socket · `send`: something is published ·
 * `callback`: a strategy is told.
 */
export type Exit = 'request' | 'bytes' | 'send' | 'callback';

export class Probe {
  readonly #samples = new Map<string, number[][]>();
  readonly #left = new Set<Exit>();
  #kind: string | undefined;
  #beganMs = 0;
  #recording = false;

  /** Samples from here on belong to a new round. */
  beginRound(): void {
    this.#recording = true;
    for (const rounds of this.#samples.values()) rounds.push([]);
  }

  /** Samples from here on are dropped. */
  pause(): void {
    this.#recording = false;
  }

  /** The warm-up is over: what was taken so far is dropped. */
  forget(): void {
    this.#samples.clear();
  }

  input(kind: string): void {
    this.#kind = kind;
    this.#left.clear();
    this.#beganMs = performance.now();
  }

  /** What leaves from here on belongs to no input. */
  inputOver(): void {
    this.#kind = undefined;
  }

  exit(exit: Exit): void {
    if (this.#kind === undefined || this.#left.has(exit)) return;
    if (exit === 'bytes' && !this.#left.has('request')) return;
    const us = (performance.now() - this.#beganMs) * 1000;
    this.#left.add(exit);
    if (this.#recording) this.#roundOf(`${this.#kind} ${exit}`).push(us);
  }

  rounds(kind: string, exit: Exit): Rounds {
    return this.#samples.get(`${kind} ${exit}`) ?? [];
  }

  count(kind: string, exit: Exit): number {
    return this.rounds(kind, exit).reduce((sum, round) => sum + round.length, 0);
  }

  #roundOf(key: string): number[] {
    const rounds = this.#samples.get(key) ?? [[]];
    this.#samples.set(key, rounds);
    return rounds.at(-1) ?? [];
  }
}

export interface Watch {
  readonly probe: Probe;
  /** Names the inputs to measure; `undefined` = not one of them. */
  readonly kindOf: (frames: readonly Uint8Array[]) => string | undefined;
  /** Told the endpoint of each publisher and service as bound. */
  readonly onBound?: (endpoint: string) => void;
}

export function watchedBus(bus: Bus, { probe, kindOf, onBound }: Watch): Bus {
  return {
    bindPublisher: async (endpoint, onLink) => {
      const socket = await bus.bindPublisher(endpoint, onLink);
      onBound?.(socket.endpoint);
      return {
        endpoint: socket.endpoint,
        send: (topic, body) => {
          probe.exit('send');
          socket.send(topic, body);
        },
        get refused() {
          return socket.refused;
        },
        close: () => socket.close(),
      };
    },
    connectSubscriber: (endpoints, events) =>
      bus.connectSubscriber(endpoints, {
        ...events,
        onFrames: (frames) => {
          const kind = kindOf(frames);
          if (kind !== undefined) probe.input(kind);
          events.onFrames(frames);
        },
      }),
    bindService: async (endpoint, events) => {
      const socket = await bus.bindService(endpoint, events);
      onBound?.(socket.endpoint);
      return socket;
    },
    connectService: (endpoint, events) => bus.connectService(endpoint, events),
  };
}

export function watchedHttp(http: HttpClient, probe: Probe): HttpClient {
  return {
    request: (request) => {
      probe.exit('request');
      return http.request(request);
    },
  };
}

/** A frame's sample ends with its handler: what is sent later has another cause. */
export function watchedWebSocket(
  connector: WebSocketConnector,
  probe: Probe,
  kindOf: (text: string) => string | undefined,
): WebSocketConnector {
  return {
    connect: (options, events) => {
      const connection = connector.connect(options, {
        onOpen: () => events.onOpen(),
        onPing: (payload) => events.onPing(payload),
        onPong: (payload) => events.onPong(payload),
        onClose: (close) => events.onClose(close),
        onMessage: (text) => {
          const kind = kindOf(text);
          if (kind !== undefined) probe.input(kind);
          events.onMessage(text);
          if (kind !== undefined) probe.inputOver();
        },
      });
      const { send } = connection;
      connection.send = (text) => {
        probe.exit('request');
        send.call(connection, text);
      };
      return connection;
    },
  };
}

/** From now on every TCP write of this process tells the probe. */
export function watchSockets(onWrite: () => void): void {
  const write = Socket.prototype.write;
  Socket.prototype.write = function watched(this: Socket, ...args: unknown[]) {
    onWrite();
    return (write as (...args: unknown[]) => boolean).apply(this, args);
  } as typeof write;
}
