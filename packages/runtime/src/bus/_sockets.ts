/** Every ZeroMQ socket of the product is made here, so that no socket ever runs on a default that loses, hangs or grows. */
import { MAX_MESSAGE_BYTES } from '@fillwright/messages';
import * as zmq from 'zeromq';

/** Keys of CURVE, as zeromq.js names them, and the context whose ZAP handler guards the socket; empty = a plain socket. */
export interface CurveSettings {
  readonly context?: zmq.Context;
  readonly curveServer?: boolean;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
  readonly curveServerKey?: string;
  readonly zapDomain?: string;
}

export interface SocketSettings {
  /** Messages kept per subscriber that does not keep up; what comes after is dropped for that one. Default 20 000. */
  readonly publisherHighWaterMark?: number;
  /** Messages read ahead per publisher; beyond it the network holds them. Default 10 000. */
  readonly subscriberHighWaterMark?: number;
}

/** Requests and replies in flight per peer: a service that is this far behind is down. */
const SERVICE_HIGH_WATER_MARK = 1000;

/** Why each value is what it is: a dead peer is seen within 3 s, a process always ends, no queue is without a bound. */
const COMMON = {
  linger: 0,
  heartbeatInterval: 1000,
  heartbeatTimeout: 3000,
  heartbeatTimeToLive: 3000,
  handshakeInterval: 5000,
  maxMessageSize: MAX_MESSAGE_BYTES,
  tcpKeepalive: 1,
  tcpKeepaliveIdle: 30,
  tcpKeepaliveInterval: 5,
  tcpKeepaliveCount: 3,
} as const;

/** A send is taken now or refused now; it never waits and never finds the socket busy with an earlier one. */
const WRITER = { sendTimeout: 0 } as const;

/** The first retry after 50 ms keeps the loss at a restart small; the cap keeps an absent peer cheap. */
const CONNECTOR = { reconnectInterval: 50, reconnectMaxInterval: 1000 } as const;

export function publisherSocket(settings: SocketSettings, curve: CurveSettings = {}): zmq.Publisher {
  return new zmq.Publisher({ ...COMMON, ...WRITER, ...curve, sendHighWaterMark: settings.publisherHighWaterMark ?? 20_000 });
}

export function subscriberSocket(settings: SocketSettings, curve: CurveSettings = {}): zmq.Subscriber {
  const receiveHighWaterMark = settings.subscriberHighWaterMark ?? 10_000;
  return new zmq.Subscriber({ ...COMMON, ...CONNECTOR, ...curve, receiveHighWaterMark });
}

/** `mandatory`: a reply to a peer that is gone is an error to be counted instead of silence. */
export function routerSocket(curve: CurveSettings = {}): zmq.Router {
  const marks = { sendHighWaterMark: SERVICE_HIGH_WATER_MARK, receiveHighWaterMark: SERVICE_HIGH_WATER_MARK };
  return new zmq.Router({ ...COMMON, ...WRITER, ...curve, ...marks, mandatory: true });
}

/** `immediate`: without a connection a request is refused now; it never waits to be executed by a peer that returns later. */
export function dealerSocket(curve: CurveSettings = {}): zmq.Dealer {
  const marks = { sendHighWaterMark: SERVICE_HIGH_WATER_MARK, receiveHighWaterMark: SERVICE_HIGH_WATER_MARK };
  return new zmq.Dealer({ ...COMMON, ...WRITER, ...CONNECTOR, ...curve, ...marks, immediate: true });
}
