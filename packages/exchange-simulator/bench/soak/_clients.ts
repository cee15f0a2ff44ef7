/** The soak's clients: two accounts that trade with each other over kept connections, and listeners to every kind of stream. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import type { ReadyInfo } from '../../src/mod.ts';

type Keys = ReadyInfo['accounts'][number];

/** Each pair is a fill of one order by another, and an order that is placed and cancelled. */
export class Trader {
  readonly #rest: string;
  readonly #accounts: readonly [Keys, Keys];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  orders = 0;

  constructor({ futures, accounts }: ReadyInfo) {
    const [first, second] = accounts;
    if (first === undefined || second === undefined) throw new Error('the soak needs two accounts');
    this.#rest = futures.rest;
    this.#accounts = [first, second];
  }

  async trade(pairs: number): Promise<void> {
    for (let n = 0; n < pairs; n += 1) {
      const [maker, taker] = n % 2 === 0 ? this.#accounts : [this.#accounts[1], this.#accounts[0]];
      // Their positions come back to nought every fourth time.
      const [side, other] = n % 4 < 2 ? ['BUY', 'SELL'] : ['SELL', 'BUY'];
      await this.#place(maker, `symbol=SOLUSDT&side=${side}&quantity=1&price=180`);
      await this.#place(taker, `symbol=SOLUSDT&side=${other}&quantity=1&price=180`);
      const { orderId } = await this.#place(maker, `symbol=SOLUSDT&side=BUY&quantity=1&price=${170 + (n % 50) / 10}`);
      await this.#send('DELETE', '/fapi/v1/order', `symbol=SOLUSDT&orderId=${orderId}`, maker);
      this.orders += 3;
    }
  }

  #place(account: Keys, params: string): Promise<{ readonly orderId: number }> {
    return this.#send('POST', '/fapi/v1/order', `${params}&type=LIMIT&timeInForce=GTC`, account) as Promise<{ readonly orderId: number }>;
  }

  listenKey(account: number): Promise<{ readonly listenKey: string }> {
    return this.#send('POST', '/fapi/v1/listenKey', '', this.#accounts[account % 2] as Keys) as Promise<{ readonly listenKey: string }>;
  }

  /** @throws Error with the venue's words when it refuses. */
  async #send(method: string, path: string, params: string, { key, secret }: Keys): Promise<unknown> {
    const query = `${params}&timestamp=${Date.now()}`;
    const signature = createHmac('sha256', secret).update(query).digest('hex');
    const url = `${this.#rest}${path}?${query}&signature=${signature}`;
    const call = request(url, { method, agent: this.#agent, headers: { 'X-MBX-APIKEY': key, 'content-length': 0 } }).end();
    const [response] = await once(call, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  close(): void {
    this.#agent.destroy();
  }
}

const STREAMS = [
  ...['public/ws/btcusdt@bookTicker', 'public/ws/btcusdt@depth@100ms', 'public/ws/solusdt@depth20@100ms', 'public/ws/ethusdt@trade'],
  ...['market/ws/btcusdt@aggTrade', 'market/ws/btcusdt@kline_1m', 'market/ws/!ticker@arr', 'market/ws/ethusdt@markPrice@1s'],
];

export class Listeners {
  readonly #ws: string;
  readonly #count: number;
  #sockets: WebSocket[] = [];
  frames = 0;

  constructor({ futures }: ReadyInfo, count: number) {
    this.#ws = futures.ws;
    this.#count = count;
  }

  /** A quarter of them hear user events.. */
  async open(trader: Trader): Promise<void> {
    const opened: Promise<unknown>[] = [];
    for (let n = 0; n < this.#count; n += 1) {
      const path = n % 4 === 0 ? `private/ws/${(await trader.listenKey(n / 4)).listenKey}` : (STREAMS[n % STREAMS.length] as string);
      const socket = new WebSocket(`${this.#ws}/${path}`);
      socket.on('message', () => {
        this.frames += 1;
      });
      opened.push(once(socket, 'open'));
      this.#sockets.push(socket);
    }
    await Promise.all(opened);
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#sockets = [];
  }
}
