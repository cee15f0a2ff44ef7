/** Somebody at the venue's own controls: a process of its own that works them over HTTP, as the operator of the simulator would. */
import { decimal, ZERO } from '@fillwright/domain/decimal';
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
    const { venueAccount, simulator } = this.#plan;
    const other = simulator.accounts.find(({ name }) => name !== venueAccount)?.name;
    const ours = (await this.#ask('GET', `accounts/${venueAccount}`, {})) as VenueAccount | undefined;
    const markets = (await this.#ask('GET', 'markets', {})) as readonly BookRow[] | undefined;
    const order = ours && ours.openOrders.length > 0 ? random.pick(ours.openOrders) : undefined;
    const book = markets?.find(({ symbol }) => symbol === order?.symbol);
    if (order === undefined || book === undefined || other === undefined) return false;
    const isBid = order.side === 'BUY';
    const price = decimal(order.price);
    const levels = (isBid ? book.bids : book.asks).filter(([at]) => (isBid ? decimal(at).gte(price) : decimal(at).lte(price)));
    const quantity = levels.reduce((sum, [, qty]) => sum.plus(decimal(qty)), ZERO).minus(decimal(ONE_LOT));
    if (!quantity.isPositive() || quantity.isZero()) return false;
    const late = { kind: 'event-delay', event: 'ORDER_TRADE_UPDATE', account: venueAccount, count: 2, delayMs: random.between(400, 2_000) };
    await this.act('POST', 'faults', late);
    await this.act('POST', 'faults', { kind: 'stale-fill', method: 'DELETE', path: '/fapi/v1/order', count: 8 });
    const side = isBid ? 'SELL' : 'BUY';
    await this.act('POST', 'trades', { account: other, symbol: order.symbol, side, price: order.price, quantity: quantity.toFixed() });
    return true;
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
