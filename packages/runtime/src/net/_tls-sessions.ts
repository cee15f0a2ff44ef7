/** TLS sessions of WebSockets, so that a new connection to a known host needs no full handshake. (For HTTP the agent of Node keeps them.) */
import net from 'node:net';
import tls from 'node:tls';

/** Hosts remembered; the one heard of first goes first. */
const HOSTS = 100;

export class TlsSessions {
  readonly #sessions = new Map<string, Buffer>();

  /** A connection that offers the newest session of its host, and keeps the one it is given. */
  connect(options: tls.ConnectionOptions & { readonly host?: string; readonly port?: number | string }): tls.TLSSocket {
    const host = options.host ?? '';
    const name = `${host}:${options.port ?? ''}`;
    const session = this.#sessions.get(name);
    const socket = tls.connect({
      ...(options as tls.ConnectionOptions),
      // An address is no name to be asked for; and what the caller means by a path is one of the peer.
      path: undefined,
      servername: options.servername ?? (net.isIP(host) === 0 ? host : ''),
      ...(session !== undefined && { session }),
    } as tls.ConnectionOptions);
    socket.on('session', (given: Buffer) => this.#keep(name, given));
    // One that the peer does not want any more must not be offered for ever.
    socket.once('error', () => this.#sessions.delete(name));
    return socket;
  }

  #keep(name: string, session: Buffer): void {
    if (this.#sessions.size >= HOSTS && !this.#sessions.has(name)) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    this.#sessions.set(name, session);
  }
}
