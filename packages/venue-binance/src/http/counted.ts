/** Ties what transports see to the rate gate: the venue's counts, its bans, and connections that cost weight. */
import type { UsTime } from '@fillwright/domain';
import {
  AppError,
  type Clock,
  type WebSocketClose,
  type WebSocketConnection,
  type WebSocketConnector,
  type WebSocketEvents,
  type WebSocketOptions,
} from '@fillwright/runtime/ports';
import type { AdapterObserver } from '@fillwright/venue';
import { banEnd, isBan } from './bans.ts';
import { HANDSHAKE } from './endpoint-costs.ts';
import type { RateGate } from './rate-gate.ts';

/** The gate hears first: who is told of a ban may ask at once how things stand. */
export function countedBy(gate: RateGate, observer: AdapterObserver): AdapterObserver {
  return {
    ...observer,
    onRateUsage: (usage) => {
      gate.correct(usage);
      observer.onRateUsage?.(usage);
    },
    onBan: (untilTs, text) => {
      gate.keepQuiet(untilTs);
      observer.onBan?.(untilTs, text);
    },
  };
}

/**
 * For the WebSocket API, whose handshake is a request like any other: each attempt is weighed, whether it succeeds or not; none is made while
 * the venue wants to hear nothing; and one that is answered with 418 or 429 is a ban.
 */
export function countingHandshakes<P extends { readonly clock: Clock; readonly webSocket: WebSocketConnector }>(
  ports: P,
  gate: RateGate,
  onBan: (untilTs: UsTime, text: string) => void,
): P {
  const { webSocket, clock } = ports;
  const connect = (options: WebSocketOptions, events: WebSocketEvents): WebSocketConnection => {
    if (gate.quietUntilTs !== undefined) return neverOpened(clock, events);
    gate.note(HANDSHAKE);
    const onClose = (close: WebSocketClose): void => {
      const { httpStatus: status = 0, error = '' } = close;
      if (isBan(status)) onBan(banEnd({ status, text: error, retryAfterS: Number.NaN }, clock.wallUs()), error);
      events.onClose(close);
    };
    const { onOpen, onMessage, onPing, onPong } = events;
    const bound = {
      onOpen: onOpen.bind(events),
      onMessage: onMessage.bind(events),
      onPing: onPing.bind(events),
      onPong: onPong.bind(events),
    };
    return webSocket.connect(options, { ...bound, onClose });
  };
  return { ...ports, webSocket: { connect } };
}

function neverOpened(clock: Clock, events: WebSocketEvents): WebSocketConnection {
  const text = 'not connected: the venue wants to hear nothing from this address for now';
  clock.after(0, () => events.onClose({ code: 1006, reason: '', opened: false, error: text }));
  return {
    state: 'closed',
    bufferedBytes: 0,
    send: () => {
      throw new AppError('RUN_SOCKET_NOT_OPEN', text);
    },
    ping: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
}
