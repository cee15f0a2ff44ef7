/** Checks: the user stream tells everything once and in order, and alone it makes the same picture as REST. */
import { expect } from '@jest/globals';
import { type Break, echoed, frames, lost, swapped, unitMore } from '../breaks/break.ts';
import { type ClientDesk, orderEvents } from '../clients/client-desk.ts';
import type { Side, UserEvent } from '../clients/client-under-test.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

const ORDER_EVENT = /"e":"ORDER_TRADE_UPDATE"/;
const ACCOUNT_EVENT = /"e":"ACCOUNT_UPDATE"/;
const TRADE = /"x":"TRADE"/;

const LOST: Break = lost('an order event is lost', ORDER_EVENT, 2);
const TWICE: Break = echoed('each trade is told twice', TRADE);

function strangers(text: string): string {
  return text.replace(/"c":"[^"]*"/, '"c":"stranger"').replace(/"i":\d+/, '"i":17');
}

const EACH_STEP: Check = {
  id: 'stream-each-step',
  area: 'user stream',
  name: 'tells each step of an order once and in order, and nothing of others',
  breaks: [
    frames('a change is told as a new order', /"x":"AMENDMENT"/, (text) => [text.replace('AMENDMENT', 'NEW')]),
    frames('the last quantity is a unit off', TRADE, (text) => [unitMore('l')(text)]),
    frames('the filled quantity is a unit off', TRADE, (text) => [unitMore('z')(text)]),
    frames('an order of another is told too', /"X":"CANCELED"/, (text) => [strangers(text), text]),
    LOST,
    TWICE,
    swapped('two events change places', ORDER_EVENT),
  ],
  async run({ ours, theirs, venue, id }) {
    const { events } = await ours.userStream();
    const steps = (count: number) => venue.until(`${count} order events`, () => orderEvents(events).length >= count);
    const order = await ours.place({ side: 'BUY', price: '180', quantity: '1', clientId: id('told') });
    await steps(1);
    await theirs.place({ side: 'SELL', price: '180', quantity: '0.3', clientId: id('other') });
    await steps(2);
    await ours.amend(order, { side: 'BUY', price: '179', quantity: '0.8' });
    await steps(3);
    await theirs.place({ side: 'SELL', price: '179', quantity: '0.2' });
    await steps(4);
    await ours.cancel(order);
    await steps(5);
    await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('last') });
    await steps(6);
    expect(orderEvents(events)).toEqual([
      'told NEW NEW 0/0',
      'told TRADE PARTIALLY_FILLED 0.3/0.3',
      'told AMENDMENT PARTIALLY_FILLED 0/0.3',
      'told TRADE PARTIALLY_FILLED 0.2/0.5',
      'told CANCELED CANCELED 0/0.5',
      'last NEW NEW 0/0',
    ]);
  },
};

const SWEEP_BREAKS: readonly Break[] = [
  lost('a fill is not told', TRADE),
  TWICE,
  swapped('two fills change places', TRADE),
  frames('a fill is told a unit off', TRADE, (text) => [unitMore('l')(text)]),
];

const ONE_COMMAND: Check = {
  id: 'stream-one-command',
  area: 'user stream',
  name: 'tells every fill of one command, each with its own event',
  breaks: SWEEP_BREAKS,
  async run({ ours, theirs, venue, id }) {
    for (const price of ['180', '180.1', '180.2']) await theirs.place({ side: 'SELL', price, quantity: '0.5' });
    const { events } = await ours.userStream();
    await ours.place({ side: 'BUY', price: '180.1', quantity: '1.5', timeInForce: 'IOC', clientId: id('swept') });
    await venue.until('the end of the command', () => orderEvents(events).some((text) => text.includes('EXPIRED')));
    await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('next') });
    await venue.until('the next order', () => orderEvents(events).some((text) => text.startsWith('next')));
    expect(orderEvents(events)).toEqual([
      'swept NEW NEW 0/0',
      'swept TRADE PARTIALLY_FILLED 0.5/0.5',
      'swept TRADE PARTIALLY_FILLED 0.5/1',
      'swept EXPIRED EXPIRED 0/1',
      'next NEW NEW 0/0',
    ]);
  },
};

type AccountEvent = UserEvent & { readonly type: 'account' };

function accountEvents(events: readonly UserEvent[]): AccountEvent[] {
  return events.filter((event): event is AccountEvent => event.type === 'account');
}

const ACCOUNT_TOLD: Check = {
  id: 'stream-account',
  area: 'user stream',
  name: 'tells wallet and position after each fill as REST has them',
  breaks: [
    frames('the wallet is told a unit off', ACCOUNT_EVENT, (text) => [unitMore('wb')(text)]),
    frames('the position is told a unit off', ACCOUNT_EVENT, (text) => [unitMore('pa')(text)]),
    lost('an account event is lost', ACCOUNT_EVENT, 2),
    echoed('each account event comes twice', ACCOUNT_EVENT),
  ],
  async run({ ours, theirs, venue }) {
    const { events } = await ours.userStream();
    await ours.place({ side: 'BUY', price: '180', quantity: '1' });
    for (const [count, quantity] of [
      [1, '0.4'],
      [2, '0.6'],
    ] as const) {
      await theirs.place({ side: 'SELL', price: '180', quantity });
      await venue.until(`${count} account events`, () => accountEvents(events).length >= count);
      const { wallet } = await ours.balance();
      const { amount } = await ours.position(SYMBOL);
      expect(accountEvents(events).at(-1)).toMatchObject({ wallet, amounts: { [SYMBOL]: amount } });
    }
    expect(accountEvents(events)).toHaveLength(2);
  },
};

interface Command {
  readonly who: 'ours' | 'theirs';
  readonly side: Side;
  readonly price: string;
  readonly quantity: string;
  readonly timeInForce: string;
}

/** The same lively hour of trading each time, close enough to 180 that much of it trades. */
function livelyHour(count: number): Command[] {
  let state = 20_261_121;
  const below = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 65_536) % bound;
  };
  return Array.from({ length: count }, () => ({
    who: below(2) === 0 ? 'ours' : 'theirs',
    side: below(2) === 0 ? 'BUY' : 'SELL',
    price: String(180 + (below(9) - 4) / 10),
    quantity: String((below(20) + 3) / 10),
    timeInForce: below(4) === 0 ? 'IOC' : 'GTC',
  }));
}

/** Returns the orders of ours by client id. */
async function liveAnHour({ ours, theirs, id }: ClientDesk): Promise<Map<string, string>> {
  const placed = new Map<string, string>();
  const sides = new Map<string, Side>();
  for (const [n, { who, ...spec }] of livelyHour(30).entries()) {
    const clientId = id(`n${n}`);
    if (who === 'theirs') await theirs.place(spec);
    else {
      const { orderId } = await ours.place({ ...spec, clientId });
      placed.set(clientId, orderId);
      sides.set(orderId, spec.side);
    }
    if (n % 7 !== 6) continue;
    const [open] = await ours.openOrders(SYMBOL);
    if (open === undefined) continue;
    if (n % 2 === 0) await ours.cancel(open);
    else await ours.amend(open, { side: sides.get(open.orderId) ?? 'BUY', price: open.price, quantity: String(n) });
  }
  return placed;
}

const ALONE: Check = {
  id: 'stream-alone',
  area: 'user stream',
  name: 'makes, by itself, the same orders, position and wallet that REST shows after a lively hour',
  breaks: [
    { ...lost('a fill is not told', TRADE, 5), showsTo: ({ mergesEvents }) => !mergesEvents },
    frames('the end of an order is not told', /"x":"CANCELED"/, () => []),
    frames('a fill is told a unit off', TRADE, (text) => [unitMore('z')(text)]),
    frames('the wallet is told a unit off', ACCOUNT_EVENT, (text) => [unitMore('wb')(text)]),
    frames('the position is told a unit off', ACCOUNT_EVENT, (text) => [unitMore('pa')(text)]),
  ],
  async run(desk) {
    const { candidate, ours, venue, id } = desk;
    const { events } = await ours.userStream();
    const placed = await liveAnHour(desk);
    await ours.place({ side: 'BUY', price: '175', quantity: '0.1', clientId: id('end') });
    const orders = () => events.flatMap((event) => (event.type === 'order' ? [event] : []));
    await venue.until('the end', () => orders().some(({ clientId }) => clientId === id('end')));

    expect(placed.size).toBeGreaterThan(10);
    for (const [clientId, orderId] of placed) {
      const told = orders().filter((event) => event.clientId === clientId);
      const { status, filled } = await ours.order({ orderId });
      expect(told.at(-1)).toMatchObject({ status, filled });
      const lots = told.reduce((sum, { last }) => sum + Math.round(Number(last) * 100), 0);
      if (!candidate.mergesEvents) expect(lots).toBe(Math.round(Number(filled) * 100));
    }
    const { wallet } = await ours.balance();
    const { amount } = await ours.position(SYMBOL);
    expect(accountEvents(events).at(-1)).toMatchObject({ wallet, amounts: { [SYMBOL]: amount } });
  },
};

export const USER_STREAM_CHECKS: readonly Check[] = [EACH_STEP, ONE_COMMAND, ACCOUNT_TOLD, ALONE];
