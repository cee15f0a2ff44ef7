/** Decides which keys may connect (ZeroMQ RFC 27). There is one handler per ZeroMQ context; each secured bus has a context of its own. */
import * as zmq from 'zeromq';
import { readFrames } from '../_loops.ts';
import type { Keyring } from './keyring.ts';
import type { Refusals } from './refusals.ts';

const ADDRESS = 'inproc://zeromq.zap.01';
const VERSION = '1.0';

export class ZapHandler {
  readonly #router: zmq.Router;
  readonly #keyring: Keyring;
  readonly #refusals: Refusals;
  /** Socket (by its domain) → public keys that were let in since it was bound. */
  readonly #admitted = new Map<string, Set<string>>();
  readonly #ready: Promise<void>;
  #loop: Promise<void> | undefined;

  constructor(context: zmq.Context, keyring: Keyring, refusals: Refusals) {
    this.#router = new zmq.Router({ context, linger: 0 });
    this.#keyring = keyring;
    this.#refusals = refusals;
    this.#ready = this.#router.bind(ADDRESS).then(() => {
      this.#loop = readFrames(this.#router, (frames) => this.#decide(frames));
    });
  }

  /** A socket may be bound only after this: before it libzmq would let every key in. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Whether a key that is no longer good was let in by this socket. */
  hasStranger(domain: string): boolean {
    return [...(this.#admitted.get(domain) ?? [])].some((key) => !this.#isGood(key));
  }

  forget(domain: string): void {
    this.#admitted.delete(domain);
  }

  async close(): Promise<void> {
    await this.#ready;
    this.#router.close();
    await this.#loop;
  }

  #decide(frames: readonly Uint8Array[]): void {
    const [peer, delimiter, version, request, domain, address, , mechanism, credentials] = frames;
    if (peer === undefined || delimiter === undefined || request === undefined) return;
    this.#keyring.refresh();
    const isCurve = text(version) === VERSION && text(mechanism) === 'CURVE' && credentials?.length === 32;
    const key = isCurve ? Buffer.from(credentials).toString('hex') : '';
    const known = this.#keyring.byKey(key);
    const isGood = known !== undefined && known.revoked === undefined;
    if (isGood) this.#admit(text(domain), key);
    else this.#refusals.note(known === undefined ? 'unknown-key' : 'revoked-key', { peer: known?.name, key, address: text(address) });
    const [code, reason, user] = isGood ? ['200', 'OK', known.name] : ['400', 'no such key', ''];
    this.#router.send([peer, delimiter, VERSION, request, code, reason, user, '']).catch(() => {
      // libzmq has given the connection up meanwhile.
    });
  }

  #admit(domain: string, key: string): void {
    const keys = this.#admitted.get(domain) ?? new Set<string>();
    keys.add(key);
    this.#admitted.set(domain, keys);
  }

  #isGood(key: string): boolean {
    const peer = this.#keyring.byKey(key);
    return peer !== undefined && peer.revoked === undefined;
  }
}

function text(frame: Uint8Array | undefined): string {
  return frame === undefined ? '' : Buffer.from(frame).toString('utf8');
}
