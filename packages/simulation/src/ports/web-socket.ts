/** The WebSocketConnector port on the simulated network. */
import {
  AppError,
  type WebSocketConnection,
  type WebSocketConnector,
  type WebSocketEvents,
  type WebSocketOptions,
} from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { KernelEvent } from '../kernel/event-queue.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { ConnectFailure, Network } from '../kernel/network.ts';
import { addressOf, type FrameUnit, HEAD_BYTES, lowerCaseNames, targetOf, type UpgradeAnswerUnit, type UpgradeUnit } from './http-wire.ts';
import { WebSocketEnd } from './web-socket-end.ts';

const NO_BYTES = new Uint8Array(0);

export function simulatedWebSocketConnector(incarnation: Incarnation, network: Network): WebSocketConnector {
  return {
    connect: (options, events) =>
      incarnation.call('webSocket.connect', () => {
        const address = addressOf(options.url, ['ws:', 'wss:']);
        if (address === undefined) return stillborn(incarnation, options.url, events);
        return new SimulatedConnection(incarnation, network, options, address, events);
      }),
  };
}

class SimulatedConnection implements WebSocketConnection {
  readonly #incarnation: Incarnation;
  readonly #options: WebSocketOptions;
  readonly #events: WebSocketEvents;
  readonly #connection: ConnectionEnd;
  readonly #end: WebSocketEnd;
  readonly #connectTimer: KernelEvent;

  constructor(
    incarnation: Incarnation,
    network: Network,
    options: WebSocketOptions,
    address: { readonly host: string; readonly port: number },
    events: WebSocketEvents,
  ) {
    this.#incarnation = incarnation;
    this.#options = options;
    this.#events = events;
    this.#connection = network.connect(
      incarnation,
      { ...address, protocol: 'websocket' },
      {
        onOpen: () => this.#handshake(),
        onFailed: (failure) => this.#end.cut(failureText(failure, address)),
        onUnit: (unit) => this.#receive(unit as UpgradeAnswerUnit | FrameUnit),
        onCut: () => this.#end.lost(),
      },
    );
    this.#connectTimer = incarnation.later(options.connectTimeoutMs * 1000, 'ws.connect-timeout', () =>
      this.#end.cut(`not open within ${options.connectTimeoutMs} ms`),
    );
    this.#end = new WebSocketEnd(incarnation, this.#connection, options.maxMessageBytes, false, {
      onMessage: (text) => events.onMessage(text),
      onPing: (payload) => events.onPing(payload),
      onPong: (payload) => events.onPong(payload),
      onClose: (close) => {
        incarnation.kernel.cancel(this.#connectTimer);
        events.onClose(close);
      },
    });
  }

  get state(): WebSocketConnection['state'] {
    return this.#incarnation.call('webSocket.state', () => this.#end.state);
  }

  get bufferedBytes(): number {
    return this.#incarnation.call('webSocket.bufferedBytes', () => this.#end.bufferedBytes);
  }

  send(text: string): void {
    this.#incarnation.call('webSocket.send', () => {
      if (!this.#end.send(text)) throw notOpen(this.#options.url, this.#end.state);
    });
  }

  ping(payload: Uint8Array = NO_BYTES): void {
    this.#incarnation.call('webSocket.ping', () => this.#end.ping(payload));
  }

  close(code = 1000, reason = ''): void {
    this.#incarnation.call('webSocket.close', () => this.#end.close(code, reason));
  }

  terminate(): void {
    this.#incarnation.call('webSocket.terminate', () => this.#end.cut('terminated by this side'));
  }

  #handshake(): void {
    const { url, headers = {} } = this.#options;
    const target = targetOf(url);
    this.#incarnation.note('ws.upgrade', target);
    const all = { host: new URL(url).host, upgrade: 'websocket', connection: 'Upgrade', ...lowerCaseNames(headers) };
    this.#connection.send({ type: 'upgrade', target, headers: all } satisfies UpgradeUnit, HEAD_BYTES + target.length);
  }

  #receive(unit: UpgradeAnswerUnit | FrameUnit): void {
    switch (unit.type) {
      case 'upgraded':
        if (this.#end.state !== 'connecting') return;
        this.#incarnation.kernel.cancel(this.#connectTimer);
        this.#end.opened();
        this.#events.onOpen();
        return;
      case 'upgrade-refused':
        this.#end.cut(`the server answered ${unit.status} instead of upgrading`, unit.status);
        return;
      default:
        this.#end.receive(unit);
    }
  }
}

function failureText(failure: ConnectFailure, address: { readonly host: string; readonly port: number }): string {
  if (failure === 'unresolved') return `the name ${address.host} does not resolve`;
  return `${address.host}:${address.port} refused the connection`;
}

/** Not a network reason, but the same to the caller: this address cannot be connected to. */
function stillborn(incarnation: Incarnation, url: string, events: WebSocketEvents): WebSocketConnection {
  const close = { code: 1006, reason: '', opened: false, error: `not an address of a WebSocket: ${url.slice(0, 100)}` };
  incarnation.later(0, 'ws.stillborn', () => events.onClose(close));
  const nothing = (): void => incarnation.call('webSocket.closed', () => undefined);
  return {
    state: 'closed',
    bufferedBytes: 0,
    send: () =>
      incarnation.call('webSocket.send', () => {
        throw notOpen(url, 'closed');
      }),
    ping: nothing,
    close: nothing,
    terminate: nothing,
  };
}

/** The query is left out: it may carry a key. */
function notOpen(url: string, state: string): AppError {
  const [address = url] = url.split('?');
  return new AppError('RUN_SOCKET_NOT_OPEN', `the WebSocket to ${address} is ${state}; send only between onOpen and onClose`, {
    details: { state },
  });
}
