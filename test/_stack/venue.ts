/** The simulated exchange from outside: its control API, and its REST as somebody at the account's own keyboard uses it. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface VenueOrder {
  readonly symbol: string;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly origQty: string;
  readonly executedQty: string;
  readonly status: string;
}

export interface VenueAccount {
  readonly asset: string;
  readonly walletBalance: string;
  readonly ordersAccepted: number;
  readonly trades: number;
  readonly positions: readonly { readonly symbol: string; readonly positionAmt: string; readonly entryPrice: string }[];
  readonly openOrders: readonly VenueOrder[];
}

/** A line of `--venue-log`. */
export interface VenueLine {
  /** µs since 1970. */
  readonly t: number;
  readonly type: string;
  readonly method?: string;
  readonly path?: string;
  /** Of a request, as it came. */
  readonly query?: string;
  readonly status?: number | string;
  /** Of a refusal. */
  readonly code?: number;
  readonly account?: string;
  readonly clientId?: string;
  readonly event?: string;
}

export interface VenueReady {
  readonly futures: { readonly rest: string; readonly ws: string };
  readonly control: { readonly url: string; readonly token: string };
  readonly accounts: readonly { readonly name: string; readonly key: string; readonly secret: string }[];
}

const TIMEOUT_MS = 5_000;

export class Venue {
  readonly ready: VenueReady;
  readonly #logPath: string;

  constructor(ready: VenueReady, logPath: string) {
    this.ready = ready;
    this.#logPath = logPath;
  }

  get rest(): string {
    return this.ready.futures.rest;
  }

  account(name = 'demo'): Promise<VenueAccount> {
    return this.control('GET', `accounts/${name}`);
  }

  async control<T>(method: 'GET' | 'POST' | 'DELETE', command: string, body?: object): Promise<T> {
    const { url, token } = this.ready.control;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body && { body: JSON.stringify(body) }) };
    const reply = await fetch(`${url}/${command}`, init);
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`control ${method} ${command}: ${reply.status} ${text}`);
    return readJson(text) as T;
  }

  fault(rule: Readonly<Record<string, string | number>>): Promise<unknown> {
    return this.control('POST', 'faults', rule);
  }

  healFaults(): Promise<unknown> {
    return this.control('DELETE', 'faults');
  }

  /** A signed request of account `demo`, as its owner's own browser would send it. */
  async signed<T>(method: 'GET' | 'POST' | 'DELETE', path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const owner = this.ready.accounts.find(({ name }) => name === 'demo');
    if (owner === undefined) throw new Error('the simulator has no account demo');
    const query = new URLSearchParams({ ...parameters, recvWindow: '5000', timestamp: String(Date.now()) }).toString();
    const signature = createHmac('sha256', owner.secret).update(query).digest('hex');
    const headers = { 'X-MBX-APIKEY': owner.key };
    const reply = await fetch(`${this.rest}${path}?${query}&signature=${signature}`, {
      method,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return readJson(text) as T;
  }

  /** What the exchange wrote down so far. */
  log(): readonly VenueLine[] {
    const lines = readFileSync(this.#logPath, 'utf8').split('\n');
    // The last one may be half written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as VenueLine);
  }

  /** Client ids that the exchange took on, each as often as it did so. */
  acceptedIds(account = 'demo'): readonly string[] {
    const born = this.log().filter((line) => line.type === 'order' && line.event === 'NEW' && line.account === account);
    return born.map(({ clientId = '' }) => clientId);
  }

  /** Requests that would have made an order with this client id, answered or not. */
  placements(clientId: string): readonly VenueLine[] {
    return this.log().filter((line) => isPlacement(line) && line.clientId === clientId);
  }
}

/** Refused as too late, at the gate or at the engine of the exchange: not carried out, and sent once more. */
export function isTooLate({ code }: VenueLine): boolean {
  return code === -1021 || code === -5028;
}

/** A request for one new order, over HTTP or the WebSocket API. */
export function isPlacement({ type, method, path }: VenueLine): boolean {
  return type === 'request' && (method === 'WS' ? path === 'order.place' : method === 'POST' && path === '/fapi/v1/order');
}

/** Integers beyond 2⁵³ stay what they are: text. */
function readJson(text: string): unknown {
  return JSON.parse(text.replace(/(?<=[:[,]\s*)-?\d{16,}(?=\s*[,\]}])/g, '"$&"'));
}

/** Those that stand in a list more than once. */
export function repeated(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}
