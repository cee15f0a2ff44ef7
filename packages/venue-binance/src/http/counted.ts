/** Ties what transports see to the rate gate: the venue's counts, its bans, and connections that cost weight. */
import type { WebSocketConnector } from '@fillwright/runtime/ports';
import type { AdapterObserver } from '@fillwright/venue';
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

/** For the WebSocket API: each attempt to connect is weighed, whether it succeeds or not. */
export function countingHandshakes<P extends { readonly webSocket: WebSocketConnector }>(ports: P, gate: RateGate): P {
  const { webSocket } = ports;
  return {
    ...ports,
    webSocket: {
      connect: (...args: Parameters<WebSocketConnector['connect']>) => {
        gate.note(HANDSHAKE);
        return webSocket.connect(...args);
      },
    },
  };
}
