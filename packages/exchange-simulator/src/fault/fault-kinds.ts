/** Every kind of fault that a rule may name, by what it strikes. */

/** A request. `executes`: the command reaches the engine. */
export const REQUEST_FAULTS = {
  'executed-reply-lost': { executes: true },
  'not-executed-reply-lost': { executes: false },
  'unknown-executed': { executes: true },
  'unknown-not-executed': { executes: false },
  'service-unavailable': { executes: false },
  'internal-error': { executes: false },
  /** Spares orders that only reduce, as the exchange says. */
  throttled: { executes: false },
  'timeout-executed': { executes: true },
  'timeout-not-executed': { executes: false },
  'request-timeout-executed': { executes: true },
  'request-timeout-not-executed': { executes: false },
  'gateway-timeout-executed': { executes: true },
  'gateway-timeout-not-executed': { executes: false },
  'bad-gateway-executed': { executes: true },
  'bad-gateway-not-executed': { executes: false },
  'late-execution': { executes: false },
  delay: { executes: true },
  'delay-before': { executes: true },
  'rate-limit': { executes: false },
  'rate-limit-retry-after': { executes: false },
  ban: { executes: false },
  'ban-retry-after': { executes: false },
  forbidden: { executes: false },
  'clock-skew': { executes: false },
  maintenance: { executes: false },
  'listen-key-unknown': { executes: false },
  'empty-body': { executes: true },
  'invalid-json': { executes: true },
  truncated: { executes: true },
  'stale-fill': { executes: true },
  'new-fields': { executes: true },
  'new-enum': { executes: true },
  'filled-first': { executes: true },
  'half-filled-first': { executes: true },
  'batch-half-refused': { executes: true },
  'read-lag': { executes: true },
  'stale-depth': { executes: true },
} as const satisfies Readonly<Record<string, { readonly executes: boolean }>>;

/** A user event on its way to the client. */
export const EVENT_FAULTS = [
  'event-drop',
  'event-duplicate',
  'event-delay',
  'event-reorder',
  'event-gap',
  'event-truncate',
  'event-new-fields',
  'event-new-enum',
  'event-unknown',
] as const;

/** A frame that a client sent on a stream socket; its route is the path of the rule, `SUBSCRIBE` the method. */
export const SOCKET_FAULTS = ['late-subscribe-reply'] as const;

export type RequestFaultKind = keyof typeof REQUEST_FAULTS;
export type EventFaultKind = (typeof EVENT_FAULTS)[number];
export type SocketFaultKind = (typeof SOCKET_FAULTS)[number];
export type FaultKind = RequestFaultKind | EventFaultKind | SocketFaultKind;

export const FAULT_KINDS: readonly FaultKind[] = [
  ...(Object.keys(REQUEST_FAULTS) as RequestFaultKind[]),
  ...EVENT_FAULTS,
  ...SOCKET_FAULTS,
];

/** The faults that only work looking back, and so must know about a rule before its first request. */
export const BACKWARD_FAULTS: readonly FaultKind[] = ['read-lag', 'stale-depth'];

export function isFaultKind(text: string): text is FaultKind {
  return (FAULT_KINDS as readonly string[]).includes(text);
}

export function isRequestFault(kind: FaultKind): kind is RequestFaultKind {
  return Object.hasOwn(REQUEST_FAULTS, kind);
}

export type FaultGroup = 'request' | 'event' | 'socket';

export function groupOf(kind: FaultKind): FaultGroup {
  if (isRequestFault(kind)) return 'request';
  return (EVENT_FAULTS as readonly string[]).includes(kind) ? 'event' : 'socket';
}
