/** Checks: conditional orders, from placement over the trigger to what becomes of the ordinary order. */
import { expect } from '@jest/globals';
import { answer, echoed, frames, lost, notDone, replaced, unitMore } from '../breaks/break.ts';
import { CALLBACK_DOUBLED, CLOSES_ALL_BUT_ONE_LOT, TRIGGER_EARLY, TRIGGER_LOST } from '../breaks/core-breaks.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

/** One of ours is long 1 at 180, nobody rests. */
async function long({ ours, theirs }: ClientDesk): Promise<void> {
  await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
  await ours.place({ side: 'BUY', price: '180', quantity: '1' });
}

/** The last price moves to `price`; `depth` more can be sold there. */
async function tradeDownTo({ venue }: ClientDesk, price: string, depth: string): Promise<void> {
  await venue.control('POST', 'book', { symbol: SYMBOL, bids: [[price, depth]], asks: [] });
  await venue.control('POST', 'trades', { symbol: SYMBOL, side: 'SELL', quantity: '0.05', price, account: 'second' });
}

async function tradeUpTo({ venue }: ClientDesk, price: string): Promise<void> {
  await venue.control('POST', 'book', { symbol: SYMBOL, bids: [], asks: [[price, '5']] });
  await venue.control('POST', 'trades', { symbol: SYMBOL, side: 'BUY', quantity: '0.05', price, account: 'second' });
}

const SHOWN = /GET .*algoOrder$/;
const LISTED = /GET .*openAlgoOrders/;
const CANCELLED = /DELETE .*algoOrder$/;
const CANCEL_ANSWER = '{"algoId":1,"clientAlgoId":"x","code":"200","msg":"success"}';
const TRADES = /GET .*userTrades/;

const KEPT: Check = {
  id: 'stop-kept',
  area: 'conditional orders',
  name: 'places, lists, shows and cancels one; ordinary orders know nothing of it',
  breaks: [
    answer('the list lacks it', LISTED, () => '[]'),
    answer('it is told in another state', SHOWN, replaced('"algoStatus":"NEW"', '"algoStatus":"TRIGGERED"')),
    answer('it is told under another client id', LISTED, (body) => body.replace(/"clientAlgoId":"[^"]*"/, '"clientAlgoId":"other"')),
    notDone('its cancel is answered and not done', CANCELLED, CANCEL_ANSWER),
    {
      name: 'cancel-all of ordinary orders takes it along',
      core: (engine, struck) => {
        const cancelAll = engine.cancelAll.bind(engine);
        engine.cancelAll = (account, market) => {
          struck();
          engine.algo.cancelAll(account, market);
          return cancelAll(account, market);
        };
      },
    },
  ],
  async run({ ours, id }) {
    const placed = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '170', quantity: '1', clientId: id('stop') });
    expect(placed).toMatchObject({ clientId: id('stop'), status: 'NEW' });
    expect(await ours.openStops()).toEqual([placed]);
    expect(await ours.stop(placed.algoId)).toEqual(placed);
    expect(await ours.openOrders(SYMBOL)).toEqual([]);
    await ours.cancelAll(SYMBOL);
    expect(await ours.openStops()).toHaveLength(1);
    await ours.cancelStop(placed.algoId);
    expect(await ours.openStops()).toEqual([]);
    expect(await ours.stop(placed.algoId)).toEqual({ ...placed, status: 'CANCELED' });
  },
};

const TEXT_CODE: Check = {
  id: 'stop-text-code',
  area: 'conditional orders',
  name: 'cancels with a code that is a text, as only this service does',
  breaks: [answer('the code is a number', CANCELLED, replaced('"code":"200"', '"code":200'))],
  async run({ ours }) {
    const { algoId, clientId } = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '170', quantity: '1' });
    const told = await ours.raw('DELETE', 'v1/algoOrder', { algoId });
    expect({ ...told, algoId: String(told.algoId) }).toMatchObject({ algoId, clientAlgoId: clientId, code: '200', msg: 'success' });
  },
};

const FIRES: Check = {
  id: 'stop-fires',
  area: 'conditional orders',
  name: 'fires a stop at its trigger and not before, closes the position, and cannot be cancelled any more',
  codes: [-2011],
  breaks: [
    TRIGGER_LOST,
    TRIGGER_EARLY,
    CLOSES_ALL_BUT_ONE_LOT,
    answer('a trigger is not reported', SHOWN, replaced('FINISHED', 'NEW')),
    answer('the loss is a unit off', TRADES, unitMore('realizedPnl')),
    notDone('a fired one can be cancelled', CANCELLED, CANCEL_ANSWER),
  ],
  async run(desk) {
    const { candidate, ours } = desk;
    await long(desk);
    const stop = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '179', quantity: '1', reduceOnly: true });
    await tradeDownTo(desk, '179.01', '5');
    expect(await ours.stop(stop.algoId)).toMatchObject({ status: 'NEW' });
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1' });

    await tradeDownTo(desk, '178.9', '5');
    expect(await ours.stop(stop.algoId)).toMatchObject({ status: 'FINISHED' });
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
    expect((await ours.trades(SYMBOL)).map(({ price, quantity, profit }) => [price, quantity, profit])).toEqual([
      ['180', '1', '0'],
      ['178.9', '1', '-1.1'],
    ]);
    await expect(ours.cancelStop(stop.algoId).catch((error) => candidate.refusalOf(error))).resolves.toEqual({
      code: -2011,
      msg: 'Unknown order sent.',
    });
  },
};

const BECOMES_LIMIT: Check = {
  id: 'take-profit-rests',
  area: 'conditional orders',
  name: 'turns a take-profit with a price into a limit order that rests',
  breaks: [
    TRIGGER_LOST,
    answer('the order it becomes has another price', /GET .*openOrders/, unitMore('price')),
    answer('the order it becomes is not listed', /GET .*openOrders/, () => '[]'),
  ],
  async run(desk) {
    const { ours } = desk;
    await long(desk);
    await ours.placeStop({ type: 'TAKE_PROFIT', side: 'SELL', trigger: '181', price: '182', quantity: '1', reduceOnly: true });
    await tradeUpTo(desk, '181');
    expect(await ours.openOrders(SYMBOL)).toMatchObject([{ status: 'NEW', price: '182', quantity: '1' }]);
    expect(await ours.openStops()).toEqual([]);
  },
};

const CLOSES_ALL: Check = {
  id: 'close-position',
  area: 'conditional orders',
  name: 'closes the whole position, whatever its size is by then',
  breaks: [TRIGGER_LOST, CLOSES_ALL_BUT_ONE_LOT],
  async run(desk) {
    const { ours, theirs } = desk;
    await long(desk);
    await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '179', closePosition: true });
    await theirs.place({ side: 'SELL', price: '180', quantity: '0.7' });
    await ours.place({ side: 'BUY', price: '180', quantity: '0.7' });
    await tradeDownTo(desk, '178.9', '5');
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
  },
};

const TRAILS: Check = {
  id: 'trailing-stop',
  area: 'conditional orders',
  name: 'follows the price with a trailing stop',
  breaks: [TRIGGER_LOST, CALLBACK_DOUBLED],
  async run(desk) {
    const { ours } = desk;
    await long(desk);
    await ours.placeStop({ type: 'TRAILING_STOP_MARKET', side: 'SELL', callbackRate: '1', quantity: '1', reduceOnly: true });
    await tradeUpTo(desk, '185');
    await tradeDownTo(desk, '183.2', '5'); // 1 % below 185 is 183.15
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1' });
    await tradeDownTo(desk, '183.1', '5');
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
  },
};

const TOLD: Check = {
  id: 'stop-told',
  area: 'conditional orders',
  name: 'tells its life on the user stream',
  breaks: [
    TRIGGER_LOST,
    lost('its first event is lost', /"ALGO_UPDATE"/),
    frames('its end is told as a cancel', /"FINISHED"/, (text) => [text.replace('FINISHED', 'CANCELED')]),
    echoed('each event is told twice', /"ALGO_UPDATE"/),
  ],
  async run(desk) {
    const { candidate, ours, venue, id } = desk;
    await long(desk);
    const { events } = await ours.userStream();
    await ours.placeStop({
      ...{ type: 'STOP_MARKET', side: 'SELL', trigger: '179', quantity: '1', reduceOnly: true, clientId: id('told') },
    });
    const told = () => events.flatMap((event) => (event.type === 'algo' && event.clientId === id('told') ? [event.status] : []));
    await venue.until('the algo order is told', () => told().length >= 1);
    await tradeDownTo(desk, '178.9', '5');
    await venue.until('its end is told', () => told().includes('FINISHED'));
    expect(told()).toEqual(candidate.mergesEvents ? ['NEW', 'FINISHED'] : ['NEW', 'TRIGGERING', 'TRIGGERED', 'FINISHED']);
  },
};

/** A child that the ordinary checks refuse. */
const REFUSED_CHILD: Check = {
  id: 'stop-child-refused',
  area: 'conditional orders',
  name: 'ends as rejected when the order it becomes is refused',
  breaks: [TRIGGER_LOST, answer('it is told as finished', SHOWN, replaced('REJECTED', 'FINISHED'))],
  async run(desk) {
    const { ours } = desk;
    const stop = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '179', quantity: '1', reduceOnly: true });
    await tradeDownTo(desk, '178.9', '5');
    expect(await ours.stop(stop.algoId)).toMatchObject({ status: 'REJECTED' });
    expect(await ours.trades(SYMBOL)).toEqual([]);
  },
};

export const CONDITIONAL_CHECKS: readonly Check[] = [KEPT, TEXT_CODE, FIRES, BECOMES_LIMIT, CLOSES_ALL, TRAILS, TOLD, REFUSED_CHILD];
