/** One connection under CURVE: to the peer that the list names for the endpoint, anew when the list names another, none when it names nobody. */
import type { Dealer, Subscriber } from 'zeromq';
import type { OpenSocket } from '../_open-socket.ts';
import type { CurveSettings } from '../_sockets.ts';
import type { Peer } from './peer-list.ts';
import type { Security } from './security.ts';

export interface ConnectionParts<S extends Subscriber | Dealer> {
  readonly security: Security;
  readonly endpoint: string;
  make(curve: CurveSettings): S;
  /** Starts its loops and keeps it for closing; whatever it receives comes from `server`. */
  open(socket: S, server: Peer): OpenSocket;
}

export class SecuredConnection<S extends Subscriber | Dealer> {
  readonly #parts: ConnectionParts<S>;
  readonly #unwatch: () => void;
  #link: { readonly server: Peer; readonly socket: S; readonly open: OpenSocket } | undefined;
  #refusedBefore = 0;

  /** @throws AppError `BUS_BAD_ENDPOINT` */
  constructor(parts: ConnectionParts<S>) {
    this.#parts = parts;
    this.#unwatch = parts.security.keyring.onChange(() => this.#follow());
    this.#connect();
  }

  /** Whom it speaks to now. */
  get server(): Peer | undefined {
    return this.#link?.server;
  }

  get socket(): S | undefined {
    return this.#link?.socket;
  }

  get refused(): number {
    return this.#refusedBefore + (this.#link?.open.refused ?? 0);
  }

  send(frames: (string | Uint8Array)[]): void {
    if (this.#link === undefined) this.#refusedBefore += 1;
    else this.#link.open.send(frames);
  }

  async close(): Promise<void> {
    this.#unwatch();
    await this.#drop();
  }

  #follow(): void {
    const { keyring } = this.#parts.security;
    const server = keyring.serverOf(this.#parts.endpoint);
    if (this.#link !== undefined && server !== undefined && sameRights(this.#link.server, server)) return;
    void this.#drop();
    this.#connect();
  }

  async #drop(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    this.#refusedBefore += link.open.refused;
    await link.open.close();
  }

  #connect(): void {
    const { security, endpoint } = this.#parts;
    const server = security.keyring.serverOf(endpoint);
    if (server === undefined) {
      security.refusals.note('no-server-key', { endpoint });
      return;
    }
    const socket = this.#parts.make(security.connectingTo(server));
    const open = this.#parts.open(socket, server);
    this.#link = { server, socket, open };
    open.connect(endpoint);
  }
}

function sameRights(a: Peer, b: Peer): boolean {
  return a.publicKey === b.publicKey && a.name === b.name && a.ownerTag === b.ownerTag && a.roles.join() === b.roles.join();
}
