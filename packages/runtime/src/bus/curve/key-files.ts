/** The files of CURVE keys: a secret one that nobody else may read, and the public list of peers. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../app-error.ts';
import type { KeyPair } from './key-pair.ts';
import { HEX_KEY, PEER_NAME, type Peer, parsePeerList, peerListText } from './peer-list.ts';

export interface OwnKey extends KeyPair {
  readonly name: string;
}

/** Written by others, or readable by anybody but the owner. */
const TOO_OPEN = 0o077;
/** systemd hands credentials over as root's own, readable by one more user through an access list, which shows as the group's right. */
const ROOT_WITH_ACL = 0o037;

/** @throws AppError `CFG_SECRET_UNREADABLE` | `CFG_SECRET_EXPOSED`: absent, a folder, or readable by others. */
export function readSecretFile(path: string): string {
  const state = fileState(path);
  const limit = state.uid === 0 && state.gid === 0 ? ROOT_WITH_ACL : TOO_OPEN;
  if ((state.mode & limit) !== 0) {
    const mode = (state.mode & 0o777).toString(8).padStart(4, '0');
    const message = `${path} has mode ${mode}: other users can read or change this secret; run: chmod 600 ${path}`;
    throw new AppError('CFG_SECRET_EXPOSED', message, { details: { path, mode } });
  }
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new AppError('CFG_SECRET_UNREADABLE', `cannot read the secret file ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function fileState(path: string): { readonly mode: number; readonly uid: number; readonly gid: number } {
  try {
    const state = statSync(path);
    if (state.isFile()) return state;
  } catch (cause) {
    const message = `cannot read the secret file ${path}: ${reasonOf(cause)}; make it, or correct the path`;
    throw new AppError('CFG_SECRET_UNREADABLE', message, { cause });
  }
  const message = `${path} is no file (a mount whose source is absent becomes a folder); make the file first`;
  throw new AppError('CFG_SECRET_UNREADABLE', message);
}

/** @throws AppError also `CFG_KEY_FILE` when it is no key file of ours. */
export function readOwnKey(path: string): OwnKey {
  const text = readSecretFile(path);
  const [name = '', publicKey = '', secretKey = '', ...more] = text.split(/\s+/);
  if (more.length > 0 || !PEER_NAME.test(name) || !HEX_KEY.test(publicKey) || !HEX_KEY.test(secretKey)) {
    throw new AppError('CFG_KEY_FILE', `${path} is no key file (name, public key, secret key); make one with \`npx fillwright keys make\``);
  }
  return { name, publicKey, secretKey };
}

/** Readable by its owner alone from the first byte on. */
export function writeOwnKey(path: string, key: OwnKey): void {
  writeWhole(path, `${key.name}\n${key.publicKey}\n${key.secretKey}\n`, 0o600);
}

/** @throws AppError `CFG_PEERS_FILE`; an absent file is an empty list only when `mayBeAbsent`. */
export function readPeers(path: string, mayBeAbsent = false): readonly Peer[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (mayBeAbsent && codeOf(cause) === 'ENOENT') return [];
    const message = `cannot read the list of peers ${path}: ${reasonOf(cause)}; make it with \`npx fillwright keys make\``;
    throw new AppError('CFG_PEERS_FILE', message, { cause });
  }
  const result = parsePeerList(text);
  if (result.ok) return result.peers;
  throw new AppError('CFG_PEERS_FILE', `${path} cannot be used: ${result.reason}; mend it or take back the copy before`);
}

export function writePeers(path: string, peers: readonly Peer[]): void {
  writeWhole(path, peerListText(peers), 0o644);
}

/** Changes whenever the file does. */
export function fileMark(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    // Absent for a moment while it is replaced, or for good: either way a change.
    return 'absent';
  }
}

/** Whole or not at all: written beside it, synced, renamed. */
function writeWhole(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', mode);
  try {
    chmodSync(beside, mode);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function reasonOf(error: unknown): string {
  const known: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'this user may not read it' };
  return known[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}
