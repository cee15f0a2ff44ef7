/** A socket that binds under CURVE: only listed keys get in, and when one of them is revoked the socket is bound anew without it. */
import type { Publisher, Router } from 'zeromq';
import type { LinkEvent } from '../../ports/bus.ts';
import { bindSocket, type OpenSocket } from '../_open-socket.ts';
import type { CurveSettings } from '../_sockets.ts';
import type { Security } from './security.ts';

export interface BindingParts<S extends Publisher | Router> {
  readonly security: Security;
  make(curve: CurveSettings): S;
  /** Starts its loops and keeps it for closing. */
  open(socket: S, endpoint: string, onLink: (event: LinkEvent) => void): OpenSocket;
  readonly onLink?: ((event: LinkEvent) => void) | undefined;
}

/** Not at once: the port may still be held by what was just closed. */
const RETRIES = 50;

export class SecuredBinding<S extends Publisher | Router> {
  readonly #parts: BindingParts<S>;
  #domain: string;
  #open: OpenSocket;
  #refusedBefore = 0;
  #isClosed = false;
  #changing: Promise<void> = Promise.resolve();
  readonly #unwatch: () => void;

  /** @throws AppError as `bindSocket` does (as a rejection). */
  static async bind<S extends Publisher | Router>(parts: BindingParts<S>, endpoint: string): Promise<SecuredBinding<S>> {
    await parts.security.zap.ready();
    const domain = parts.security.nextDomain();
    return new SecuredBinding(parts, domain, await bindOne(parts, domain, endpoint));
  }

  private constructor(parts: BindingParts<S>, domain: string, open: OpenSocket) {
    this.#parts = parts;
    this.#domain = domain;
    this.#open = open;
    this.#unwatch = parts.security.keyring.onChange(() => this.#leaveStrangers());
  }

  get endpoint(): string {
    return this.#open.endpoint;
  }

  get refused(): number {
    return this.#refusedBefore + this.#open.refused;
  }

  send(frames: (string | Uint8Array)[]): void {
    this.#open.send(frames);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    await this.#changing;
    await this.#open.close();
  }

  #leaveStrangers(): void {
    if (!this.#parts.security.zap.hasStranger(this.#domain)) return;
    this.#parts.security.zap.forget(this.#domain);
    this.#changing = this.#changing.then(() => this.#bindAnew());
  }

  /** Everybody is cut and those with a good key come back; what they miss they fetch again, as after any cut. */
  async #bindAnew(): Promise<void> {
    if (this.#isClosed) return;
    const { security } = this.#parts;
    const old = this.#open;
    security.log?.warn('bus-bound-anew', { endpoint: old.endpoint, reason: 'a key that was let in is no longer good' });
    await old.close();
    this.#refusedBefore += old.refused;
    this.#domain = security.nextDomain();
    for (let left = RETRIES; ; left -= 1) {
      try {
        this.#open = await bindOne(this.#parts, this.#domain, old.endpoint);
        return;
      } catch (error) {
        if (left === 0 || this.#isClosed) {
          security.log?.error('bus-not-bound-anew', { code: 'RUN_BIND_FAILED', endpoint: old.endpoint, error });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

async function bindOne<S extends Publisher | Router>(parts: BindingParts<S>, domain: string, endpoint: string): Promise<OpenSocket> {
  const socket = parts.make(parts.security.serving(domain));
  const bound = await bindSocket(socket, endpoint);
  const onLink = (event: LinkEvent): void => {
    // A key that is refused is noted by the ZAP handler, by name where it has one.
    if (event.type === 'handshake-failed' && event.detail?.startsWith('auth') !== true)
      parts.security.refusals.note('not-curve', { endpoint: bound });
    parts.onLink?.(event);
  };
  return parts.open(socket, bound, onLink);
}
