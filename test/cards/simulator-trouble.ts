/** The exchange simulator as the other side of the cards: its faults, its market, its own log of what it was sent. */
import type { CardTrouble, Command, Lie } from '@fillwright/venue/cards';
import type { Venue, VenueLine } from '../_stack/venue.ts';

const KINDS: Readonly<Record<Lie, string>> = {
  'cut-done': 'executed-reply-lost',
  'cut-lost': 'not-executed-reply-lost',
  'unknown-done': 'unknown-executed',
  'unknown-lost': 'unknown-not-executed',
  'timeout-done': 'timeout-executed',
  'timeout-lost': 'timeout-not-executed',
  'gateway-done': 'gateway-timeout-executed',
  'gateway-lost': 'gateway-timeout-not-executed',
  'empty-done': 'empty-body',
  'unreadable-done': 'invalid-json',
  'truncated-done': 'truncated',
  'slow-done': 'delay',
  banned: 'ban',
  'stale-time': 'clock-skew',
};

const REST_METHODS = { submit: 'POST', batch: 'POST', cancel: 'DELETE', modify: 'PUT' } as const;
const SOCKET_METHODS = { submit: 'order.place', batch: 'order.place', cancel: 'order.cancel', modify: 'order.modify' } as const;
const REST_PATHS = ['/fapi/v1/order', '/fapi/v1/algoOrder'];
const BATCH_PATH = '/fapi/v1/batchOrders';
const ACCOUNT = 'demo';
/** Far more than any account may send in one window. */
const MANY_ORDERS = 1_000;

interface Line extends VenueLine {
  readonly query?: string;
  readonly body?: string;
  readonly orderId?: string;
}

export class SimulatorTrouble implements CardTrouble {
  readonly #venue: Venue;
  readonly #transport: string;
  readonly #symbol: string;
  #isSkewed = false;
  #isHalted = false;
  #isHedge = false;
  /** Questions of the cards' own adapter need the new time, too. */
  onTimeMoved: () => Promise<unknown> = async () => undefined;

  constructor(venue: Venue, transport: string, symbol: string) {
    this.#venue = venue;
    this.#transport = transport;
    this.#symbol = symbol;
  }

  async strike(command: Command, lie: Lie, { count = 1, delayMs = 0 } = {}): Promise<void> {
    const target =
      this.#transport === 'ws'
        ? { method: 'WS', path: SOCKET_METHODS[command] }
        : { method: REST_METHODS[command], path: command === 'batch' ? BATCH_PATH : (REST_PATHS[0] ?? '') };
    await this.#venue.fault({ kind: KINDS[lie], ...target, count, delayMs });
  }

  async disturbEvents(how: 'drop' | 'duplicate' | 'delay', { count, delayMs = 0 }: { count: number; delayMs?: number }): Promise<void> {
    await this.#venue.fault({ kind: `event-${how}`, event: 'ORDER_TRADE_UPDATE', account: ACCOUNT, count, delayMs });
  }

  async cut(what: 'private-stream' | 'all-streams'): Promise<void> {
    const whose = what === 'private-stream' ? { account: ACCOUNT } : {};
    await this.#venue.control('POST', 'sockets', { action: 'cut', ...whose });
  }

  async exhaustOrders(): Promise<void> {
    const order = { symbol: this.#symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price: '170', quantity: '1' };
    for (let n = 0; n < MANY_ORDERS; n += 1) {
      try {
        await this.#venue.signed('POST', '/fapi/v1/order', order);
      } catch (error) {
        if (String(error).includes(': 429 ')) return;
        throw error;
      }
    }
    throw new Error(`${MANY_ORDERS} orders in one window did not use up what the account may send`);
  }

  async trade(side: 'buy' | 'sell', qty: string, price: string): Promise<void> {
    await this.#venue.control('POST', 'trades', { symbol: this.#symbol, side: side.toUpperCase(), quantity: qty, price });
  }

  async halt(isHalted: boolean): Promise<void> {
    this.#isHalted = isHalted;
    await this.#venue.control('POST', 'status', { symbol: this.#symbol, status: isHalted ? 'TRADING_HALT' : 'TRADING' });
  }

  async skewClock(ms: number): Promise<void> {
    this.#isSkewed = ms !== 0;
    await this.#venue.control('POST', 'clock', { skewMs: ms });
    if (ms === 0) await this.onTimeMoved();
  }

  async setHedgeMode(isHedge: boolean): Promise<void> {
    await this.#venue.signed('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: String(isHedge) });
    this.#isHedge = isHedge;
  }

  async received(command: Command, clientOrderId: string): Promise<number> {
    return this.#requests(command, clientOrderId).length;
  }

  async company(clientOrderId: string): Promise<number> {
    const [came] = this.#log().filter((line) => ['request', 'fault'].includes(line.type) && isIn(line, clientOrderId));
    if (came !== undefined) return (decodeURIComponent(came.query ?? '').match(/"newClientOrderId"/g) ?? []).length;
    return this.#requests('submit', clientOrderId).length > 0 ? 1 : 0;
  }

  async takenOn(clientOrderId: string): Promise<number> {
    return this.#log().filter(({ type, event, clientId }) => type === 'order' && event === 'NEW' && clientId === clientOrderId).length;
  }

  async sent(command: Command, clientOrderId: string): Promise<readonly string[]> {
    const line = this.#requests(command, clientOrderId).at(-1);
    return `${line?.query ?? ''}&${line?.body ?? ''}`.split('&').map(decodeURIComponent);
  }

  async calm(): Promise<void> {
    await this.#venue.healFaults();
    if (this.#isSkewed) await this.skewClock(0);
    if (this.#isHalted) await this.halt(false);
    if (this.#isHedge) await this.setHedgeMode(false);
  }

  /** Cancels and changes may name an order by the venue's number. */
  #requests(command: Command, clientOrderId: string): readonly Line[] {
    const lines = this.#log();
    const numbers = lines.flatMap(({ type, clientId, orderId }) => (type === 'order' && clientId === clientOrderId && orderId) || []);
    const names = new Set([...numbers].map((orderId) => `orderId=${orderId}`));
    return lines.filter((line) => {
      if (command === 'submit' && line.type === 'request' && isIn(line, clientOrderId)) return true;
      if (line.type !== 'request' || !isCommand(line, command)) return false;
      return line.clientId === clientOrderId || `${line.query ?? ''}&${line.body ?? ''}`.split('&').some((part) => names.has(part));
    });
  }

  #log(): readonly Line[] {
    return this.#venue.log();
  }
}

/** It is one of the orders of a batch. */
function isIn({ path, query = '' }: Line, clientOrderId: string): boolean {
  return path === BATCH_PATH && decodeURIComponent(query).includes(`"newClientOrderId":"${clientOrderId}"`);
}

function isCommand({ method = '', path = '' }: Line, command: Command): boolean {
  if (method === 'WS') return path === SOCKET_METHODS[command] || path === SOCKET_METHODS[command].replace('order', 'algoOrder');
  return method === REST_METHODS[command] && REST_PATHS.includes(path);
}
