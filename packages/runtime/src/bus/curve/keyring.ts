/** The keys of one process: its own, and the peers it knows. Follows the list on disk, so that a new or revoked key needs no restart. */
import { AppError } from '../../app-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { fileMark, type OwnKey, readOwnKey, readPeers } from './key-files.ts';
import { type Peer, serverOf } from './peer-list.ts';

export interface KeyringOptions {
  /** `CURVE_KEY_FILE` */
  readonly keyFile: string;
  /** `CURVE_PEERS_FILE` */
  readonly peersFile: string;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  /** PROCESS_NAME; a key of another name is refused. Absent for tools, which are whoever holds the key. */
  readonly processName?: string | undefined;
}

/** How soon a revoked key is noticed. */
const LOOK_MS = 1_000;

export class Keyring {
  readonly own: OwnKey;
  readonly #options: KeyringOptions;
  readonly #listeners = new Set<() => void>();
  #peers: readonly Peer[];
  #mark: string;
  #timer: Timer | undefined;
  #isBroken = false;

  /** @throws AppError `CFG_SECRET_…` | `CFG_KEY_FILE` | `CFG_PEERS_FILE` | `CFG_KEY_NOT_LISTED` | `CFG_KEY_OF_OTHER` */
  constructor(options: KeyringOptions) {
    const { keyFile, peersFile, processName } = options;
    this.#options = options;
    this.own = readOwnKey(keyFile);
    if (processName !== undefined && this.own.name !== processName) {
      const message = `${keyFile} is the key of ${this.own.name}, but this process is ${processName}: each has its own; correct CURVE_KEY_FILE or make a key for it`;
      throw new AppError('CFG_KEY_OF_OTHER', message);
    }
    this.#mark = fileMark(peersFile);
    this.#peers = readPeers(peersFile);
    const self = this.byKey(this.own.publicKey);
    if (self === undefined || self.revoked !== undefined || self.name !== this.own.name) {
      const why = self === undefined ? 'is not listed' : self.revoked === undefined ? `is listed as ${self.name}` : 'was revoked';
      const message = `the key of ${this.own.name} in ${keyFile} ${why} in ${peersFile}; make a new one with \`npx fillwright keys make\``;
      throw new AppError('CFG_KEY_NOT_LISTED', message);
    }
    this.#look();
  }

  get peers(): readonly Peer[] {
    return this.#peers;
  }

  byKey(publicKey: string): Peer | undefined {
    return this.#peers.find((peer) => peer.publicKey === publicKey);
  }

  /** Not revoked. */
  byName(name: string): Peer | undefined {
    return this.#peers.find((peer) => peer.name === name && peer.revoked === undefined);
  }

  serverOf(endpoint: string): Peer | undefined {
    return serverOf(this.#peers, endpoint);
  }

  /** Runs after each change of the list, until the answer is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the list again when its file changed. One that cannot be read changes nothing: the keys known so far stay in force. */
  refresh(): void {
    const { peersFile, log } = this.#options;
    const mark = fileMark(peersFile);
    if (mark === this.#mark) return;
    this.#mark = mark;
    try {
      this.#peers = readPeers(peersFile);
    } catch (error) {
      if (!this.#isBroken) log?.error('curve-peers-unreadable', { code: error instanceof AppError ? error.code : 'CFG_PEERS_FILE', error });
      this.#isBroken = true;
      return;
    }
    this.#isBroken = false;
    log?.info('curve-peers-read', {
      active: this.#peers.filter(({ revoked }) => revoked === undefined).length,
      listed: this.#peers.length,
    });
    for (const listener of [...this.#listeners]) listener();
  }

  close(): void {
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  #look(): void {
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.refresh();
      this.#look();
    });
  }
}
