/** A TCP link that can be made to misbehave: every byte between one process and one port of another goes through here. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** What a link does with bytes; a cut and garbage are single strikes. */
export type LinkState = 'open' | 'refusing' | 'silent' | 'slow';

const SLOW_MS = 250;
/** Bytes held back on a slow or silent link before the sender is made to wait. */
const HELD_BYTES = 1 << 20;

export class ChaosLink {
  readonly name: string;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  /** Held while silent, in order. */
  readonly #held: (() => void)[] = [];
  #state: LinkState = 'open';
  port = 0;

  private constructor(name: string, targetPort: number) {
    this.name = name;
    this.#targetPort = targetPort;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => this.#accept(client));
  }

  static async open(name: string, port: number, targetPort: number): Promise<ChaosLink> {
    const link = new ChaosLink(name, targetPort);
    await new Promise<void>((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen({ port, host: '127.0.0.1' }, () => resolve());
    });
    link.port = port;
    return link;
  }

  /** Somebody is connected. */
  get isHeld(): boolean {
    return this.#pairs.size > 0;
  }

  set state(state: LinkState) {
    this.#state = state;
    if (state === 'refusing') this.cut();
    if (state === 'silent') return;
    for (const release of this.#held.splice(0)) release();
  }

  /** Resets every connection; both ends see it at once. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }

  /** Bytes that no protocol allows, into every connection and both ways, then a cut. */
  garble(bytes: Uint8Array): void {
    for (const { client, target } of this.#pairs) {
      client.write(bytes);
      target.write(bytes);
      setTimeout(() => {
        client.destroy();
        target.destroy();
      }, 20).unref();
    }
  }

  close(): Promise<void> {
    this.#state = 'open';
    for (const { client, target } of this.#pairs) {
      client.destroy();
      target.destroy();
    }
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (this.#state === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    const target = dial({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, target };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('data', (bytes: Buffer) => this.#carry(from, to, bytes));
      from.on('drain', () => to.resume());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    client.resume();
  }

  #carry(from: Socket, to: Socket, bytes: Uint8Array): void {
    const write = (): void => {
      if (!to.destroyed && !to.write(bytes)) from.pause();
    };
    if (this.#state === 'silent') {
      if (this.#held.length * bytes.length > HELD_BYTES) from.pause();
      this.#held.push(() => {
        write();
        from.resume();
      });
    } else if (this.#state === 'slow') setTimeout(write, SLOW_MS).unref();
    else write();
  }
}
