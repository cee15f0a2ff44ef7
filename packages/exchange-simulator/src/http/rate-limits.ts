/** Request weights per address and order counts per account, in windows aligned to the venue's clock; repeated breaches end in a ban. */
import { Refusal } from '../order/refusal.ts';

export interface LimitOptions {
  /** Request weight per address and minute. */
  readonly weightPerMinute: number;
  readonly ordersPer10Seconds: number;
  readonly ordersPerMinute: number;
  /** Blocked requests within one ban period that turn 429 into 418. */
  readonly strikesToBan: number;
  /** First ban; each further one doubles, up to 3 days. */
  readonly banMs: number;
  /** New sockets per address and 5 minutes; default 300. */
  readonly connectionsPer5Minutes?: number;
  /** Requests for funding rates and funding terms together, per address and 5 minutes; default 500. */
  readonly fundingPer5Minutes?: number;
}

export const CONNECTIONS_PER_5_MINUTES = 300;
export const FUNDING_PER_5_MINUTES = 500;
/** Both are counted in windows of their own. */
const LONG_WINDOW_MS = 300_000;

interface Address {
  minute: number;
  used: number;
  /** The running window of 5 minutes, and what it has seen. */
  window: number;
  connections: number;
  fundingRequests: number;
  strikes: number;
  bans: number;
  bannedUntilMs: number;
}

interface OrderCount {
  ten: number;
  tenUsed: number;
  minute: number;
  minuteUsed: number;
}

export interface OrderCounts {
  readonly tenSeconds: number;
  readonly minute: number;
}

/** What a blocked request gets. */
export interface Blocked {
  readonly refusal: Refusal;
  readonly retryAfterSeconds: number;
}

const MINUTE_MS = 60_000;
const TEN_SECONDS_MS = 10_000;
const LONGEST_BAN_MS = 3 * 86_400_000;
/** Addresses and accounts remembered; the oldest is forgotten beyond it. */
const REMEMBERED = 10_000;

export class RateLimits {
  readonly options: LimitOptions;
  readonly #addresses = new Map<string, Address>();
  readonly #orders = new Map<string, OrderCount>();
  /** Asked for several times by each request. */
  #latestIp = '';
  #latest: Address | undefined;

  constructor(options: LimitOptions) {
    this.options = options;
  }

  #address(ip: string): Address {
    if (ip === this.#latestIp && this.#latest !== undefined) return this.#latest;
    const address = this.#found(ip);
    this.#latestIp = ip;
    this.#latest = address;
    return address;
  }

  #found(ip: string): Address {
    let address = this.#addresses.get(ip);
    if (address === undefined) {
      address = { minute: 0, used: 0, window: 0, connections: 0, fundingRequests: 0, strikes: 0, bans: 0, bannedUntilMs: 0 };
      if (this.#addresses.size >= REMEMBERED)
        for (const [oldest] of [...this.#addresses.entries()].slice(0, 1)) this.#addresses.delete(oldest);
      this.#addresses.set(ip, address);
    }
    return address;
  }

  /** Before any work: is the address banned or out of weight? A blocked request counts as a strike. */
  blocked(ip: string, nowMs: number): Blocked | undefined {
    const address = this.#address(ip);
    if (nowMs < address.bannedUntilMs) return banned(ip, address.bannedUntilMs, nowMs);
    this.#roll(address, nowMs);
    if (address.used < this.options.weightPerMinute) return undefined;
    address.strikes += 1;
    if (address.strikes >= this.options.strikesToBan) {
      this.ban(ip, Math.min(LONGEST_BAN_MS, this.options.banMs * 2 ** address.bans), nowMs);
      return banned(ip, address.bannedUntilMs, nowMs);
    }
    const msg = `Too many requests; current limit of IP(${ip}) is ${this.options.weightPerMinute} requests per minute. Please use the websocket for live updates to avoid polling the API.`;
    return { refusal: new Refusal(-1003, msg, 429), retryAfterSeconds: Math.ceil((MINUTE_MS - (nowMs % MINUTE_MS)) / 1000) };
  }

  ban(ip: string, forMs: number, nowMs: number): void {
    const address = this.#address(ip);
    address.strikes = 0;
    address.bans += 1;
    address.bannedUntilMs = nowMs + forMs;
  }

  /** Charges weight and returns what the address has used in this minute. */
  charge(ip: string, weight: number, nowMs: number): number {
    const address = this.#address(ip);
    this.#roll(address, nowMs);
    address.used += weight;
    return address.used;
  }

  /** Counts one more socket; true when it is one too many. */
  connectionRefused(ip: string, nowMs: number): boolean {
    const address = this.#address(ip);
    this.#roll(address, nowMs);
    address.connections += 1;
    return address.connections > (this.options.connectionsPer5Minutes ?? CONNECTIONS_PER_5_MINUTES);
  }

  /** Counts one more request of the funding pool. */
  fundingLimit(ip: string, nowMs: number): Blocked | undefined {
    const address = this.#address(ip);
    this.#roll(address, nowMs);
    address.fundingRequests += 1;
    const limit = this.options.fundingPer5Minutes ?? FUNDING_PER_5_MINUTES;
    if (address.fundingRequests <= limit) return undefined;
    const msg = `Too many requests; current limit of IP(${ip}) is ${limit} requests per 5 minutes. Please use the websocket for live updates to avoid polling the API.`;
    const leftMs = LONG_WINDOW_MS - (nowMs % LONG_WINDOW_MS);
    return { refusal: new Refusal(-1003, msg, 429), retryAfterSeconds: Math.ceil(leftMs / 1000) };
  }

  #roll(address: Address, nowMs: number): void {
    const window = Math.floor(nowMs / LONG_WINDOW_MS);
    if (window !== address.window) {
      address.window = window;
      address.connections = 0;
      address.fundingRequests = 0;
    }
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === address.minute) return;
    address.minute = minute;
    address.used = 0;
    if (nowMs > address.bannedUntilMs) address.strikes = 0;
  }

  orderCounts(account: string, nowMs: number): OrderCounts {
    const count = this.#orderCount(account, nowMs);
    return { tenSeconds: count.tenUsed, minute: count.minuteUsed };
  }

  /** Whether this many more orders fit; `undefined` = they do. */
  orderLimit(account: string, nowMs: number): Blocked | undefined {
    const count = this.#orderCount(account, nowMs);
    if (count.tenUsed >= this.options.ordersPer10Seconds) {
      return tooManyOrders(this.options.ordersPer10Seconds, '10 SECONDS', TEN_SECONDS_MS - (nowMs % TEN_SECONDS_MS));
    }
    if (count.minuteUsed >= this.options.ordersPerMinute) {
      return tooManyOrders(this.options.ordersPerMinute, '1 MINUTE', MINUTE_MS - (nowMs % MINUTE_MS));
    }
    return undefined;
  }

  countOrders(account: string, perTenSeconds: number, perMinute: number, nowMs: number): void {
    const count = this.#orderCount(account, nowMs);
    count.tenUsed += perTenSeconds;
    count.minuteUsed += perMinute;
  }

  #orderCount(account: string, nowMs: number): OrderCount {
    let count = this.#orders.get(account);
    if (count === undefined) {
      count = { ten: 0, tenUsed: 0, minute: 0, minuteUsed: 0 };
      this.#orders.set(account, count);
    }
    const ten = Math.floor(nowMs / TEN_SECONDS_MS);
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (ten !== count.ten) {
      count.ten = ten;
      count.tenUsed = 0;
    }
    if (minute !== count.minute) {
      count.minute = minute;
      count.minuteUsed = 0;
    }
    return count;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { addresses: this.#addresses, orders: this.#orders };
  }

  restoreHidden({ addresses, orders }: ReturnType<RateLimits['hiddenState']>): void {
    for (const [ip, address] of addresses) this.#addresses.set(ip, address);
    for (const [account, count] of orders) this.#orders.set(account, count);
  }
}

function banned(ip: string, untilMs: number, nowMs: number): Blocked {
  const msg = `Way too many requests; IP(${ip}) banned until ${untilMs}. Please use the websocket for live updates to avoid bans.`;
  return { refusal: new Refusal(-1003, msg, 418), retryAfterSeconds: Math.ceil((untilMs - nowMs) / 1000) };
}

function tooManyOrders(limit: number, window: string, leftMs: number): Blocked {
  const refusal = new Refusal(-1015, `Too many new orders; current limit is ${limit} orders per ${window}.`, 429);
  return { refusal, retryAfterSeconds: Math.ceil(leftMs / 1000) };
}
