/** Connections as bytes, for tests that look at every one of them: HTTP requests and WebSocket frames written by hand. */
import { connect, type Socket } from 'node:net';

/** Far beyond what anything here takes; only a failing test waits so long. */
const DEADLINE_MS = 15_000;
/** Fewer than Node's backlog has places (511): the system drops what comes beyond, and tries again seconds later. */
const AT_ONCE = 400;

export class RawSocket {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #closed = false;
  #look: () => void = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#look();
    });
    this.socket.on('connect', () => this.#look());
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#closed = true;
      this.#look();
    });
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Resolves once it holds, looked at after every piece of input. */
  until(what: string, holds: () => boolean, withinMs = DEADLINE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new Error(`not within ${withinMs} ms: ${what}; got ${this.#bytes.toString('latin1').slice(-500)}`)),
        withinMs,
      );
      this.#look = () => {
        if (!holds()) return;
        clearTimeout(deadline);
        resolve();
      };
      this.#look();
    });
  }

  /** One request after the other on this connection; gives the body of the answer. */
  async ask(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<string> {
    const from = this.#bytes.length;
    const lines = Object.entries({ host: '127.0.0.1', 'content-length': String(Buffer.byteLength(body)), ...headers });
    this.write(`${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
    let answer: string | undefined;
    await this.until(`an answer to ${method} ${target}`, () => {
      const text = this.#bytes.toString('latin1', from);
      const head = text.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return this.#closed;
      answer = text.slice(head + 4, head + 4 + Number(length));
      return true;
    });
    if (answer === undefined) throw new Error(`closed without an answer to ${method} ${target}`);
    return answer;
  }

  /** The same handshake each time. */
  async upgrade(target: string): Promise<void> {
    this.write(
      `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await this.until('the upgrade', () => this.#bytes.includes('\r\n\r\n'));
  }

  /** A text frame, masked with nought. */
  frame(text: string): void {
    const payload = Buffer.from(text);
    const head = payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 0xff];
    this.write(Buffer.concat([Buffer.from(head), Buffer.alloc(4), payload]));
  }

  close(): void {
    this.socket.destroy();
  }
}

/** So many connections, made by `open`; resolves when all are there. */
export async function openMany(count: number, open: () => RawSocket): Promise<readonly RawSocket[]> {
  const opened: RawSocket[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - opened.length) }, open);
    await Promise.all(some.map((raw) => raw.until('a connection', () => !raw.socket.connecting)));
    opened.push(...some);
  }
  return opened;
}
