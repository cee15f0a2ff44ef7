/** Somebody at the venue's own controls: a process of its own that works them over HTTP, as the operator of the simulator would. */
import { type Decimal, decimal, ZERO } from '@fillwright/domain/decimal';
import type { Ports } from '@fillwright/runtime';
import type { VenueAccount } from '../checkers/account-books.ts';
import type { SeededRandom } from '../kernel/seeded-random.ts';
import type { DeskPlan } from '../scenario/desk-plan.ts';

const ASK_MS = 2_000;
/** Step size of the symbols that move. */
const ONE_LOT = '0.001';

/** A row of `GET /__sim/markets`, price and quantity of each level. */
interface BookRow {
  readonly symbol: string;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export type DrillParams = Readonly<Record<string, string | number>>;

interface Reach {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly quantity: Decimal;
}

export class VenueDrills {
  readonly #ports: Ports;
  readonly #plan: DeskPlan;
  /** User events that the venue sent twice because of a rule. */
  eventsDuplicated = 0;

  constructor(ports: Ports, plan: DeskPlan) {
    this.#ports = ports;
    this.#plan = plan;
  }

  /** What the venue refuses (a price off its bands, no margin) simply does not happen. */
  async act(method: 'POST' | 'DELETE', path: string, params: DrillParams = {}): Promise<void> {
    await this.#ask(method, path, params);
  }

  /**
   * All but one lot is traded away at the level of one of our orders, which so is partly filled; the news of it is late, and the answers to
   * cancels do not count it yet.
   */
  async lateFill(random: SeededRandom): Promise<boolean> {
    const { venueAccount: account, simulator } = this.#plan;
    const other = simulator.accounts.find(({ name }) => name !== account)?.name;
    const found = await this.#someOrder(random);
    if (found === undefined || other === undefined) return false;
    const late = { kind: 'event-delay', event: 'ORDER_TRADE_UPDATE', account, count: 2, delayMs: random.between(400, 2_000) };
    await this.act('POST', 'faults', late);
    await this.act('POST', 'faults', { kind: 'stale-fill', method: 'DELETE', path: '/fapi/v1/order', count: 8 });
    const { symbol, side, price, quantity } = found;
    await this.act('POST', 'trades', { account: other, symbol, side, price, quantity: quantity.minus(decimal(ONE_LOT)).toFixed() });
    return true;
  }

  /** An open order of ours, and what another would have to trade, on which side, to reach to the end of its level. */
  async #someOrder(random: SeededRandom): Promise<Reach | undefined> {
    const ours = (await this.#ask('GET', `accounts/${this.#plan.venueAccount}`, {})) as VenueAccount | undefined;
    const markets = (await this.#ask('GET', 'markets', {})) as readonly BookRow[] | undefined;
    const order = ours && ours.openOrders.length > 0 ? random.pick(ours.openOrders) : undefined;
    const book = markets?.find(({ symbol }) => symbol === order?.symbol);
    if (order === undefined || book === undefined) return undefined;
    const { symbol, price } = order;
    const isBid = order.side === 'BUY';
    const limit = decimal(price);
    const levels = (isBid ? book.bids : book.asks).filter(([at]) => (isBid ? decimal(at).gte(limit) : decimal(at).lte(limit)));
    const quantity = levels.reduce((sum, [, qty]) => sum.plus(decimal(qty)), ZERO);
    return quantity.gt(decimal(ONE_LOT)) ? { symbol, price, side: isBid ? 'SELL' : 'BUY', quantity } : undefined;
  }

  /** Takes all rules back. */
  async heal(): Promise<void> {
    const rules = (await this.#ask('GET', 'faults', {})) as readonly { readonly kind: string; readonly struck: number }[] | undefined;
    for (const { kind, struck } of rules ?? []) if (kind === 'event-duplicate') this.eventsDuplicated += struck;
    await this.act('DELETE', 'faults');
  }

  async #ask(method: 'GET' | 'POST' | 'DELETE', path: string, params: DrillParams): Promise<unknown> {
    const { controlPort, controlToken } = this.#plan.simulator;
    const query = new URLSearchParams(Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]));
    const url = `http://127.0.0.1:${controlPort}/__sim/${path}${query.size > 0 ? `?${query}` : ''}`;
    const answer = await this.#ports.http.request({ method, url, headers: { authorization: `Bearer ${controlToken}` }, timeoutMs: ASK_MS });
    return answer.type === 'response' && answer.status === 200 ? (JSON.parse(answer.body) as unknown) : undefined;
  }
}
