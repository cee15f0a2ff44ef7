/** The list of peers: who has which public key, what each may do, and on which ports it serves. Public, the same for all processes. Pure. */
import type { PeerRole } from '../../ports/bus.ts';
import { ROLES } from './roles.ts';

export interface Peer {
  /** PROCESS_NAME of the owner; for people any name. */
  readonly name: string;
  /** 32 bytes in hexadecimal. */
  readonly publicKey: string;
  readonly roles: readonly PeerRole[];
  /** Where it binds: `6002`, or `host:6002` when another host uses the same port. */
  readonly binds: readonly string[];
  /** Of a trader. */
  readonly ownerTag?: string | undefined;
  /** ISO time; a revoked key stays listed so that its attempts can be told by name. */
  readonly revoked?: string | undefined;
}

export type PeerListResult = { readonly ok: true; readonly peers: readonly Peer[] } | { readonly ok: false; readonly reason: string };

const VERSION = 1;
export const PEER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
export const HEX_KEY = /^[0-9a-f]{64}$/;
const BIND = /^(([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):)?\d{1,5}$/;
const OWNER_TAG = /^[0-9A-Za-z]{2,4}$/;

export function parsePeerList(text: string): PeerListResult {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON' };
  }
  if (!isRecord(parsed) || parsed.version !== VERSION || !Array.isArray(parsed.peers))
    return { ok: false, reason: `it is no list of peers of version ${VERSION}` };
  const peers: Peer[] = [];
  for (const [index, row] of parsed.peers.entries()) {
    const peer = peerFrom(row);
    if (typeof peer === 'string') return { ok: false, reason: `peer ${index + 1}: ${peer}` };
    peers.push(peer);
  }
  const reason = conflictIn(peers);
  return reason === undefined ? { ok: true, peers } : { ok: false, reason };
}

export function peerListText(peers: readonly Peer[]): string {
  return `${JSON.stringify({ version: VERSION, peers }, undefined, 2)}\n`;
}

/** The peer that serves an endpoint; the entry that names the host wins. Revoked ones serve nothing. */
export function serverOf(peers: readonly Peer[], endpoint: string): Peer | undefined {
  const [, host, port] = /^tcp:\/\/(.+):(\d+)$/.exec(endpoint) ?? [];
  if (host === undefined || port === undefined) return undefined;
  const active = peers.filter(({ revoked }) => revoked === undefined);
  return active.find(({ binds }) => binds.includes(`${host}:${port}`)) ?? active.find(({ binds }) => binds.includes(port));
}

function peerFrom(row: unknown): Peer | string {
  if (!isRecord(row)) return 'it is no object';
  const { name, publicKey, roles, binds, ownerTag, revoked } = row;
  if (typeof name !== 'string' || !PEER_NAME.test(name)) return 'its name is not letters, digits, _ and -';
  if (typeof publicKey !== 'string' || !HEX_KEY.test(publicKey)) return 'its publicKey is not 64 hexadecimal digits';
  if (!isTextList(roles)) return 'its roles are no list';
  const known = roles.flatMap((role) => ROLES.filter((word) => word === role));
  if (known.length !== roles.length) return `its roles are not out of ${ROLES.join(', ')}`;
  if (!isTextList(binds) || !binds.every((bind) => BIND.test(bind))) return 'its binds are no list of ports or host:port';
  if (ownerTag !== undefined && (typeof ownerTag !== 'string' || !OWNER_TAG.test(ownerTag))) return 'its ownerTag is no owner tag';
  if (revoked !== undefined && typeof revoked !== 'string') return 'its revoked is no time';
  return { name, publicKey, roles: known, binds, ownerTag, revoked };
}

/** Two active peers may share neither name nor key nor place: whom one speaks to would be a matter of luck. */
function conflictIn(peers: readonly Peer[]): string | undefined {
  const seen = new Map<string, string>();
  for (const peer of peers) {
    const marks = [`key ${peer.publicKey}`];
    if (peer.revoked === undefined) marks.push(`name ${peer.name}`, ...peer.binds.map((bind) => `place ${bind}`));
    for (const mark of marks) {
      const other = seen.get(mark);
      if (other !== undefined) return `${other} and ${peer.name} share the ${mark}`;
      seen.set(mark, peer.name);
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
