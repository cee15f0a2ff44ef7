/** What the owner of a key may publish and ask for. Every key may listen: feeds, snapshots, replays, queries. Pure. */
import type { PeerOrigin, PeerRole } from '../../ports/bus.ts';

/** Role → the streams its owner may publish and the service requests it may make beyond listening. */
const RIGHTS = {
  listen: { streams: [], requests: [] },
  market: { streams: ['ticker', 'depth', 'trade', 'mark', 'instrument', 'venue'], requests: [] },
  engine: { streams: ['order', 'answer', 'engine', 'account', 'status', 'venue', 'instrument'], requests: [] },
  ledger: { streams: ['position', 'ledger'], requests: ['service.acknowledge', 'service.reconcile'] },
  orders: { streams: ['command'], requests: [] },
  /** Everything that a service can be asked. */
  control: { streams: [], requests: 'all' },
} as const satisfies Readonly<Record<PeerRole, { readonly streams: readonly string[]; readonly requests: readonly string[] | 'all' }>>;

export const ROLES = Object.keys(RIGHTS) as readonly PeerRole[];

/** Every process beats on its own sockets. */
const COMMON_STREAMS: readonly string[] = ['hb'];
/** What every listed key may ask. Whatever is not named here changes something, and needs a role. */
const OPEN_REQUESTS: readonly string[] = [
  'service.hello',
  'service.snapshot-request',
  'service.replay-request',
  'service.ping',
  'service.query-order',
  'service.query-account',
];

export interface Claim {
  readonly type: string;
  readonly src: string;
  readonly topic: string;
  readonly data: unknown;
}

export type Refusal = 'stream-not-allowed' | 'other-sender' | 'other-owner' | 'request-not-allowed';

/** Why a publication cannot be from `origin`; `undefined` when it may be. */
export function publicationRefusal(origin: PeerOrigin, { src, topic, data }: Claim): Refusal | undefined {
  const dot = topic.indexOf('.');
  const stream = dot === -1 ? topic : topic.slice(0, dot);
  const mayPublish = COMMON_STREAMS.includes(stream) || origin.roles.some((role) => allows(RIGHTS[role].streams, stream));
  if (!mayPublish) return 'stream-not-allowed';
  if (src !== origin.name) return 'other-sender';
  const owner = stream === 'command' ? ownerOf(data) : undefined;
  return owner === undefined || owner === origin.ownerTag ? undefined : 'other-owner';
}

/** Why `origin` may not ask this; `undefined` when it may. A trader may cancel what is its own. */
export function requestRefusal(origin: PeerOrigin, { type, data }: Pick<Claim, 'type' | 'data'>): Refusal | undefined {
  if (OPEN_REQUESTS.includes(type) || origin.roles.some((role) => mayAsk(role, type))) return undefined;
  const isOwnCancel =
    type === 'service.control' && actionOf(data) === 'cancel-mine' && origin.roles.includes('orders') && ownerOf(data) === origin.ownerTag;
  return isOwnCancel && origin.ownerTag !== undefined ? undefined : 'request-not-allowed';
}

function mayAsk(role: PeerRole, type: string): boolean {
  const { requests } = RIGHTS[role];
  return requests === 'all' || allows(requests, type);
}

function allows(list: readonly string[], word: string): boolean {
  return list.includes(word);
}

function ownerOf(data: unknown): string | undefined {
  return textField(data, 'owner');
}

function actionOf(data: unknown): string | undefined {
  return textField(data, 'action');
}

function textField(data: unknown, name: 'owner' | 'action'): string | undefined {
  if (typeof data !== 'object' || data === null || !(name in data)) return undefined;
  const value: unknown = (data as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}
