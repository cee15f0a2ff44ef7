/** What a storm may do beside adding rules: to sockets, keys, the clock, contracts, conditional orders, the whole venue. */
import type { VenueClock } from '../clock/venue-clock.ts';
import type { Maintenance } from '../core/maintenance.ts';
import type { Engine } from '../engine/engine.ts';
import type { Market, MarketStatus } from '../market/market.ts';
import type { Prng } from '../numbers/prng.ts';
import { trimmedText, unitsOf } from '../numbers/units.ts';
import type { ListenKeys } from '../stream/listen-keys.ts';
import { drillSocket, type SocketDrill } from '../stream/socket-drills.ts';
import type { DrilledSocket } from '../stream/socket-life.ts';
import type { FaultDesk, FaultRule } from './fault-desk.ts';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

/** The parts of a venue that a storm may touch. */
export interface StormVenue {
  readonly engine: Engine;
  readonly clock: VenueClock;
  readonly faults: FaultDesk;
  readonly listenKeys: ListenKeys;
  readonly maintenance: Maintenance;
  sockets(): Iterable<DrilledSocket>;
}

/** How an incident is taken back: plain data, so that a dump can keep it. */
export type Undo =
  | { readonly type: 'rule'; readonly id: number }
  | { readonly type: 'status'; readonly symbol: string; readonly status: MarketStatus }
  | { readonly type: 'filters'; readonly symbol: string }
  | { readonly type: 'skew'; readonly byMs: number }
  | { readonly type: 'triggers' }
  | { readonly type: 'maintenance' };

interface Passing {
  readonly undo: Undo;
  readonly afterMs: number;
}

type Incident = (venue: StormVenue, prng: Prng) => Passing | undefined;

const HALT_MS = 5_000;
const SKEW_MS = 10_000;
const MOST_SKEW_MS = 3_000;
const TRIGGER_MS = 5_000;
const NOTICE_MS = 500;
const MAINTENANCE_MS = 3_000;

function drawn<T>(items: Iterable<T>, prng: Prng): T | undefined {
  const list = [...items];
  return list.length === 0 ? undefined : list[prng.below(list.length)];
}

function onSocket(drill: SocketDrill): Incident {
  return (venue, prng) => {
    const socket = drawn(venue.sockets(), prng);
    if (socket !== undefined) drillSocket(drill, socket);
    return undefined;
  };
}

/** Only of a contract that trades: another drill's status is not this one's to end. */
function onMarket(act: (venue: StormVenue, market: Market) => Undo): Incident {
  return (venue, prng) => {
    const market = drawn(venue.engine.markets(), prng);
    return market?.status === 'TRADING' ? { undo: act(venue, market), afterMs: HALT_MS } : undefined;
  };
}

function turnTo(status: MarketStatus): Incident {
  return onMarket(({ engine }, market) => {
    engine.setStatus(market, status);
    return { type: 'status', symbol: market.spec.symbol, status };
  });
}

export const INCIDENTS = {
  'socket-cut': onSocket('cut'),
  'socket-close': onSocket('close'),
  'socket-silence': onSocket('silence'),
  'socket-no-ping': onSocket('no-ping'),
  'socket-ping-flood': onSocket('ping-flood'),
  'listen-key-expiry': ({ engine, listenKeys }, prng) => {
    const account = drawn(
      [...engine.accounts()].filter(({ house }) => !house),
      prng,
    );
    if (account !== undefined) listenKeys.expire(account);
    return undefined;
  },
  'clock-jump': ({ clock }, prng) => {
    const byMs = prng.between(-MOST_SKEW_MS, MOST_SKEW_MS);
    clock.skewMs += byMs;
    return { undo: { type: 'skew', byMs }, afterMs: SKEW_MS };
  },
  halt: turnTo('TRADING_HALT'),
  'cancel-only': turnTo('TRADING_CANCEL_ONLY'),
  'filter-change': onMarket((_venue, market) => {
    const { symbol, minNotional } = market.spec.options;
    market.changeFilters({ minNotional: trimmedText(unitsOf(minNotional) * 10n) });
    return { type: 'filters', symbol };
  }),
  'slow-triggers': ({ engine }) => {
    if (engine.algo.triggerDelayMs !== 0) return undefined;
    engine.algo.triggerDelayMs = TRIGGER_MS;
    return { undo: { type: 'triggers' }, afterMs: 2 * TRIGGER_MS };
  },
  'child-rejected': ({ engine }) => {
    engine.algo.rejectNext += 1;
    return undefined;
  },
  'maintenance-window': ({ maintenance }) => {
    if (maintenance.active) return undefined;
    maintenance.begin(NOTICE_MS);
    return { undo: { type: 'maintenance' }, afterMs: MAINTENANCE_MS };
  },
} as const satisfies Readonly<Record<string, Incident>>;

export type IncidentKind = FaultKind | keyof typeof INCIDENTS;

export const INCIDENT_KINDS: readonly IncidentKind[] = [...FAULT_KINDS, ...(Object.keys(INCIDENTS) as (keyof typeof INCIDENTS)[])];

export function isIncidentKind(text: string): text is IncidentKind {
  return (INCIDENT_KINDS as readonly string[]).includes(text);
}

/** A rule of this kind for the next one to three things that it can strike. */
export function ruleFor(kind: FaultKind, prng: Prng): Omit<FaultRule, 'id' | 'struck'> {
  return { kind, probability: 1, delayMs: prng.between(1, 6) * 250, left: prng.between(1, 3) };
}

export function undoIncident({ engine, clock, faults, maintenance }: StormVenue, undo: Undo): void {
  switch (undo.type) {
    case 'rule':
      faults.clear(undo.id);
      return;
    case 'status': {
      const market = engine.market(undo.symbol);
      if (market?.status === undo.status) engine.setStatus(market, 'TRADING');
      return;
    }
    case 'filters':
      engine.market(undo.symbol)?.changeFilters({ minNotional: undefined });
      return;
    case 'skew':
      clock.skewMs -= undo.byMs;
      return;
    case 'triggers':
      engine.algo.triggerDelayMs = 0;
      return;
    case 'maintenance':
      maintenance.end();
      return;
  }
}
