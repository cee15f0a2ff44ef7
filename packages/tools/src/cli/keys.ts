/** `fillwright keys`: makes, lists and revokes the CURVE keys of a desk. Secret keys stay in their files; nothing here prints one. */
import {
  AppError,
  type ConfigSpec,
  type Environment,
  EXIT,
  type ExitCode,
  endpointsOf,
  fileMark,
  newKeyPair,
  PEER_NAME,
  type Peer,
  type PeerRole,
  ROLES,
  readConfigFile,
  readConfigText,
  readOwnKey,
  readPeers,
  type SpecSections,
  specOfFile,
  writeOwnKey,
  writePeers,
} from '@fillwright/runtime';
import { withoutKeys } from '../config/without-keys.ts';

export interface KeysResult {
  readonly exitCode: ExitCode;
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** For whom a key is to be, and where it is to lie. */
export interface KeyWish {
  readonly name: string;
  readonly roles: readonly PeerRole[];
  readonly binds: readonly string[];
  readonly ownerTag?: string | undefined;
  readonly keyFile: string;
  readonly peersFile: string;
}

export interface MakeOptions {
  /** Gives a new key to who has one already, and revokes the old one. */
  readonly renew: boolean;
  /** ISO time. */
  readonly now: string;
}

/** What each process needs to do its work, and no more. */
const ROLES_OF: Readonly<Record<string, readonly PeerRole[]>> = {
  'market-server': ['market'],
  'trading-engine': ['engine'],
  'position-server': ['ledger'],
  trader: ['orders'],
};

/** Everything from the INI file of a process: its name, role and ports, and where its key is to lie. @throws AppError `CFG_…` */
export function wishFromConfig(path: string, environment: Environment): KeyWish {
  const spec = specOfFile(readConfigText(path));
  if (spec === undefined) throw new AppError('CFG_UNKNOWN_FILE', `${path} is no file of a process of ours; examples are in config/`);
  const config = readConfigFile(spec, path, withoutKeys(environment)).value;
  const { PROCESS_NAME: name, OWNER_TAG: ownerTag } = sectionOf(config, 'GLOBAL');
  const { CURVE_KEY_FILE: keyFile, CURVE_PEERS_FILE: peersFile } = sectionOf(config, 'ZMQ');
  const roles = ROLES_OF[spec.process];
  if (keyFile === undefined || peersFile === undefined || name === undefined || roles === undefined) {
    const message = `${path} names no CURVE_KEY_FILE and CURVE_PEERS_FILE in [ZMQ]; set both, for instance keys/${name}.key and keys/peers.json`;
    throw new AppError('CFG_NO_KEY_FILES', message);
  }
  return { name, roles, binds: portsOf(spec, config, path), ownerTag, keyFile, peersFile };
}

/** Makes what is missing and says what it made; what is there already stays as it is. @throws AppError `CFG_…` | `TOL_KEY_…` */
export function makeKeys(wishes: readonly KeyWish[], options: MakeOptions): KeysResult {
  const keys = wishes.map((wish) => ({ name: wish.name, ...makeOne(wish, options), keyFile: wish.keyFile, peersFile: wish.peersFile }));
  const lines = keys.map(({ name, done, keyFile, peersFile }) => `${name}: ${done}; secret in ${keyFile}, listed in ${peersFile}`);
  return { exitCode: EXIT.ok, json: { ok: true, keys }, lines };
}

/** @throws AppError `CFG_PEERS_FILE` */
export function listKeys(peersFile: string): KeysResult {
  const peers = readPeers(peersFile);
  const lines = peers.map(({ name, publicKey, roles, binds, ownerTag, revoked }) => {
    const serves = binds.length === 0 ? '' : `, serves ${binds.join(' ')}`;
    const owner = ownerTag === undefined ? '' : `, owner tag ${ownerTag}`;
    return `${name}: ${revoked === undefined ? roles.join(', ') : `REVOKED ${revoked}`}${serves}${owner}, key ${publicKey.slice(0, 16)}…`;
  });
  return { exitCode: EXIT.ok, json: { ok: true, peers }, lines: lines.length === 0 ? [`${peersFile} lists nobody`] : lines };
}

/** @throws AppError `TOL_KEY_UNKNOWN` | `CFG_PEERS_FILE` */
export function revokeKey(name: string, peersFile: string, now: string): KeysResult {
  const peers = readPeers(peersFile);
  if (!peers.some((peer) => peer.name === name && peer.revoked === undefined)) {
    const active = peers.filter(({ revoked }) => revoked === undefined).map((peer) => peer.name);
    throw new AppError('TOL_KEY_UNKNOWN', `${peersFile} has no active key of ${name}; it has ${active.join(', ') || 'none'}`);
  }
  writePeers(peersFile, revoked(peers, name, now));
  const lines = [`${name} is revoked; running processes that read ${peersFile} cut it within a second or two`];
  return { exitCode: EXIT.ok, json: { ok: true, revoked: name, peersFile }, lines };
}

function makeOne(wish: KeyWish, { renew, now }: MakeOptions): { readonly done: string; readonly publicKey: string } {
  if (!PEER_NAME.test(wish.name)) throw new AppError('RUN_USAGE', `${wish.name} is no name: letters, digits, _ and -`);
  const peers = readPeers(wish.peersFile, true);
  const active = peers.find((peer) => peer.name === wish.name && peer.revoked === undefined);
  const isThere = fileMark(wish.keyFile) !== 'absent';
  if (active !== undefined && !renew) {
    if (!isThere || readOwnKey(wish.keyFile).publicKey !== active.publicKey) {
      const message = `${wish.name} is listed in ${wish.peersFile}, but ${wish.keyFile} does not hold its key; put it there, or make a new one with --renew`;
      throw new AppError('TOL_KEY_ELSEWHERE', message);
    }
    const rights = { roles: wish.roles, binds: wish.binds, ownerTag: wish.ownerTag };
    writePeers(
      wish.peersFile,
      peers.map((peer) => (peer === active ? { ...peer, ...rights } : peer)),
    );
    return { done: 'has its key already, rights brought up to date', publicKey: active.publicKey };
  }
  if (isThere && !renew) {
    const { publicKey } = readOwnKey(wish.keyFile);
    // Taken away on purpose: the next start of the desk must neither bring it back nor fail.
    if (peers.some((peer) => peer.publicKey === publicKey)) return { done: 'revoked; a new key is made with --renew', publicKey };
    throw new AppError('TOL_KEY_ELSEWHERE', `${wish.keyFile} is there, but ${wish.peersFile} does not list it; remove it, or use --renew`);
  }
  const pair = newKeyPair();
  const { name, roles, binds, ownerTag } = wish;
  // The secret first: a listed key without its secret would only look usable.
  writeOwnKey(wish.keyFile, { name, ...pair });
  writePeers(wish.peersFile, [...revoked(peers, name, now), { name, publicKey: pair.publicKey, roles, binds, ownerTag }]);
  return { done: active === undefined ? 'new key' : 'new key, the old one is revoked', publicKey: pair.publicKey };
}

function revoked(peers: readonly Peer[], name: string, now: string): readonly Peer[] {
  return peers.map((peer) => (peer.name === name && peer.revoked === undefined ? { ...peer, revoked: now } : peer));
}

function portsOf(spec: ConfigSpec, config: unknown, path: string): readonly string[] {
  const bound = endpointsOf(spec, config as Readonly<Record<string, unknown>>).filter(({ role }) => role.startsWith('bind'));
  return bound.map(({ key, endpoint }) => {
    const port = /^tcp:\/\/.+:([1-9]\d*)$/.exec(endpoint)?.[1];
    if (port !== undefined) return port;
    throw new AppError('CFG_NO_KEY_FILES', `${path}: ${key}=${endpoint} has no fixed port, so nobody could tell whose key to expect there`);
  });
}

/** Texts of a section; the sections differ between processes, so they are read by name. */
function sectionOf(config: unknown, name: keyof SpecSections & string): Readonly<Record<string, string | undefined>> {
  const part: unknown = (config as Readonly<Record<string, unknown>>)[name];
  const entries = typeof part === 'object' && part !== null ? Object.entries(part) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

export function rolesFrom(text: string): readonly PeerRole[] {
  const words = text.split(',').map((word) => word.trim());
  const roles = words.flatMap((word) => ROLES.filter((role) => role === word));
  if (roles.length === words.length) return roles;
  throw new AppError('RUN_USAGE', `--roles takes ${ROLES.join(', ')}, separated by commas, not ${text}; see fillwright keys make --help`);
}
