/**
 * An HTTP proxy that carries everything to the exchange as it came, and lies about what the exchange said: every n-th order POST is executed
 * there and then not answered, cut off, answered in half, answered too late, or answered 503. Which lie is drawn by seed.
 */
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { SeededRandom } from '@fillwright/simulation';

/** drop: silence on an open connection. late: the whole answer, after whoever asked has given up. */
export const LIES = ['drop', 'reset', 'truncate', 'late', '503'] as const;
export type Lie = (typeof LIES)[number];

export interface LyingProxyOptions {
  readonly port: number;
  readonly targetPort: number;
  readonly random: SeededRandom;
  /** Every so many-th order POST is lied about. */
  readonly everyNth: number;
  /** Longer than whoever asks waits. */
  readonly lateMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const ORDER_PATH = '/fapi/v1/order';
const MISTAKEN = '<html><head><title>503 Service Temporarily Unavailable</title></head></html>';

export class LyingProxy {
  /** How often each lie was told. */
  readonly told: Record<Lie, number> = { drop: 0, reset: 0, truncate: 0, late: 0, 503: 0 };
  /** Client ids of the orders it was about, from before the exchange hears of them. */
  readonly liedAbout = new Set<string>();
  readonly #options: LyingProxyOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  /** Lies of this round that were not told yet: each has its turn before one comes again. */
  #round: Lie[] = [];
  #orders = 0;
  #isHonest = false;

  static async open(options: LyingProxyOptions): Promise<LyingProxy> {
    const proxy = new LyingProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen({ port: options.port, host: '127.0.0.1' }, () => resolve());
    });
    return proxy;
  }

  private constructor(options: LyingProxyOptions) {
    this.#options = options;
    this.#server = createServer((asked, reply) => void this.#carry(asked, reply).catch(() => reply.destroy()));
  }

  get port(): number {
    return this.#options.port;
  }

  /** The truth from now on. */
  heal(): void {
    this.#isHonest = true;
  }

  close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #carry(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = await bodyOf(asked);
    const lie = this.#lieAbout(asked);
    if (lie !== undefined) this.liedAbout.add(/newClientOrderId=(\w+)/.exec(`${asked.url}&${body}`)?.[1] ?? '');
    const answer = await this.#forward(asked, body);
    if (lie === undefined) send(reply, answer);
    else this.#tell(lie, reply, answer);
  }

  #lieAbout({ method, url = '' }: IncomingMessage): Lie | undefined {
    if (this.#isHonest || method !== 'POST' || !(url === ORDER_PATH || url.startsWith(`${ORDER_PATH}?`))) return undefined;
    this.#orders += 1;
    if (this.#orders % this.#options.everyNth !== 0) return undefined;
    if (this.#round.length === 0) this.#round = [...LIES];
    const [lie] = this.#round.splice(this.#options.random.below(this.#round.length), 1);
    return lie;
  }

  #tell(lie: Lie, reply: ServerResponse, answer: Answer): void {
    this.told[lie] += 1;
    switch (lie) {
      case 'drop':
        break;
      case 'reset':
        reply.socket?.resetAndDestroy();
        break;
      case 'truncate':
        reply.writeHead(answer.status, { ...passedOn(answer.headers), 'content-length': answer.body.length });
        reply.write(answer.body.subarray(0, answer.body.length / 2), () => reply.socket?.destroy());
        break;
      case 'late':
        setTimeout(() => send(reply, answer), this.#options.lateMs).unref();
        break;
      case '503':
        send(reply, { status: 503, headers: { 'content-type': 'text/html' }, body: Buffer.from(MISTAKEN) });
    }
  }

  #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { targetPort: port } = this.#options;
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path: url, headers: passedOn(headers), agent: this.#agent };
      const sent = request(options, (answer) => {
        const { statusCode: status = 0, headers: said } = answer;
        bodyOf(answer).then((read) => resolve({ status, headers: said, body: read }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

function send(reply: ServerResponse, { status, headers, body }: Answer): void {
  reply.writeHead(status, { ...passedOn(headers), 'content-length': body.length });
  reply.end(body);
}

/** What belongs to one connection is not for the next. */
function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, 'content-length': length, ...rest } = headers;
  return rest;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
