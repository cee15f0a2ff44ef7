/**
 * A WebSocket proxy that swallows single frames: pings, pongs and everything else pass byte for byte from end to end, so that nobody sees a
 * sick connection.
 */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { FrameCutter } from './web-socket-frames.ts';

export type Direction = 'to-venue' | 'from-venue';

/** Asked about each text frame; true = it never arrives. */
export type Swallows = (text: string, direction: Direction) => boolean;

export class SwallowingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #swallows: Swallows;
  readonly #sockets = new Set<Socket>();
  #isHonest = false;

  static async open(port: number, targetPort: number, swallows: Swallows): Promise<SwallowingProxy> {
    const proxy = new SwallowingProxy(port, targetPort, swallows);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen({ port, host: '127.0.0.1' }, () => resolve());
    });
    return proxy;
  }

  private constructor(port: number, targetPort: number, swallows: Swallows) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#swallows = swallows;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  /** Everything passes from now on. */
  heal(): void {
    this.#isHonest = true;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    const target = dial({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    this.#carry(client, target, 'to-venue');
    this.#carry(target, client, 'from-venue');
  }

  #carry(from: Socket, to: Socket, direction: Direction): void {
    const cutter = new FrameCutter();
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      for (const { bytes, text } of cutter.push(chunk)) {
        const isSwallowed = text !== undefined && !this.#isHonest && this.#swallows(text, direction);
        if (!isSwallowed && !to.destroyed) to.write(bytes);
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
