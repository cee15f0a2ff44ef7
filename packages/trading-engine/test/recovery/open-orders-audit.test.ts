import { type InstrumentId, parseInstrumentId, parseVenueOrderId } from '@fillwright/domain';
import type { MessageData } from '@fillwright/messages';
import { confirmed, type OrderReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { BTC, INSTRUMENT, World } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');
const IDS = { btc: 'q1tkr3x01', eth: 'q1tkr3x02', stop: 'q1tkr3x03' };
const STOP = { type: 'stop-market', price: undefined, trigger: { price: '90', working: 'mark' }, side: 'sell' } as const;
/** What a list of the venue costs: of one instrument, of the whole account. */
const WEIGHTS = { one: 1, whole: 40 };
const WHOLE = ['openOrders ', 'openAlgoOrders '];

class Desk {
  readonly world = new World();
  #seen = 0;

  constructor(listsByInstrument = 20) {
    this.world.listsByInstrument = listsByInstrument;
    this.world.audit.start();
  }

  async open(id: string, instrument: InstrumentId, change: Partial<MessageData<'command.place'>> = {}): Promise<void> {
    const { world } = this;
    world.context.instruments.set(instrument, { ...INSTRUMENT, id: instrument, symbol: instrument.split('-')[0] ?? '' });
    world.place(id, { instrument, ...change });
    const isStop = change.type === 'stop-market';
    const report = world.report(id);
    const { venueOrderId: number, ...algo } = report;
    await world.lastCall('submit').answer(confirmed(isStop && number ? { ...algo, algoId: number } : report));
  }

  /** The next look: the lists that it asks for. Lists of the whole account are answered with what we have, others by `rows`. */
  async look(rows: readonly OrderReport[] = this.listed(), fails = ''): Promise<readonly string[]> {
    const { world } = this;
    await world.clock.advance(10_000);
    const asked = world.calls.slice(this.#seen).filter(({ name }) => name === 'openOrders' || name === 'openAlgoOrders');
    for (const { name, id, answer } of asked) {
      const isThere = ({ algoId, terms }: OrderReport) =>
        (algoId !== undefined) === (name === 'openAlgoOrders') && (id === '' || terms.instrument === id);
      const failure = { type: 'failed', reason: { code: 'NO_ANSWER', text: 'timeout' } };
      await answer(`${name} ${id}` === fails ? failure : { type: 'answered', value: rows.filter(isThere) });
    }
    this.#seen = world.calls.length;
    return asked.map(({ name, id }) => `${name} ${id}`);
  }

  /** What the venue lists when it sees what we see. */
  listed(without = ''): readonly OrderReport[] {
    return this.world.book.liveOrders().flatMap((order): OrderReport[] => {
      const { venueOrderId: _, ...report } = this.world.report(order.clientOrderId, { source: 'query' });
      if (order.clientOrderId === without) return [];
      if (order.algoId !== undefined && order.venueOrderId === undefined) return [{ ...report, algoId: order.algoId }];
      return [{ ...report, ...(order.venueOrderId && { venueOrderId: order.venueOrderId }) }];
    });
  }

  lookedUp(): readonly string[] {
    return this.world.calls.filter(({ name }) => name === 'lookUpOrder').map(({ id }) => id);
  }
}

async function deskWithAll(): Promise<Desk> {
  const desk = new Desk();
  await desk.open(IDS.btc, BTC);
  await desk.open(IDS.eth, ETH);
  await desk.open(IDS.stop, ETH, STOP);
  expect(await desk.look()).toEqual(WHOLE);
  return desk;
}

describe('lists of open orders', () => {
  it('are of the whole account at first and once a minute, and in between of the places where we have live orders', async () => {
    const desk = await deskWithAll();
    const partial = [`openOrders ${BTC}`, `openOrders ${ETH}`, `openAlgoOrders ${ETH}`];
    for (let look = 0; look < 5; look += 1) expect(await desk.look()).toEqual(partial);

    expect(await desk.look()).toEqual(WHOLE);
    expect(await desk.look()).toEqual(partial);
    expect(desk.lookedUp()).toEqual([]);
  });

  it('of one instrument say nothing about orders of another, nor those of one place about the other place', async () => {
    const desk = await deskWithAll();
    await desk.look(desk.listed(IDS.btc));
    expect(desk.lookedUp()).toEqual([IDS.btc]);

    const stopOnly = await deskWithAll();
    await stopOnly.look(stopOnly.listed(IDS.stop));
    expect(stopOnly.lookedUp()).toEqual([IDS.stop]);
  });

  it('that failed say nothing about their instrument, and hold up no other', async () => {
    const desk = await deskWithAll();
    await desk.look([], `openAlgoOrders ${ETH}`);

    expect(desk.lookedUp()).toEqual([IDS.btc]);
  });

  it('of the whole account are asked for again at once when one of the two failed', async () => {
    const desk = await deskWithAll();
    for (let look = 0; look < 5; look += 1) await desk.look();
    expect(await desk.look(desk.listed(), 'openAlgoOrders ')).toEqual(WHOLE);
    expect(await desk.look()).toEqual(WHOLE);
    expect(await desk.look()).not.toEqual(WHOLE);
  });

  it('do not reach a conditional order that has fired: it is listed with the normal ones', async () => {
    const desk = await deskWithAll();
    const fired = {
      ...desk.world.report(IDS.stop),
      phase: 'triggered',
      venueOrderId: parseVenueOrderId('4711'),
      source: 'stream',
    } as const;
    desk.world.context.inputs.run(() => void desk.world.reports.report(fired));

    expect(await desk.look()).toEqual([`openOrders ${BTC}`, `openOrders ${ETH}`]);
    expect(desk.lookedUp()).toEqual([]);
  });

  it('are always of the whole account where the venue has no others', async () => {
    const desk = new Desk(0);
    await desk.open(IDS.btc, BTC);
    for (let look = 0; look < 7; look += 1) expect(await desk.look()).toEqual(WHOLE);
  });

  it('are not asked for between two looks at the whole account when nothing is open', async () => {
    const desk = new Desk();
    expect(await desk.look()).toEqual(WHOLE);
    for (let look = 0; look < 5; look += 1) expect(await desk.look()).toEqual([]);
    expect(await desk.look()).toEqual(WHOLE);
  });

  it.each([
    [0, 80],
    [1, 85],
    [5, 105],
    [20, 180],
    [21, 480],
  ])('with live orders of %i instruments cost a weight of %i a minute', async (instruments, weight) => {
    const desk = new Desk();
    for (let number = 0; number < instruments; number += 1)
      await desk.open(`q1tkr3x${number}`, parseInstrumentId(`C${number}USDT-PERP.BINANCE`));
    let cost = 0;
    for (let look = 0; look < 6; look += 1) for (const list of await desk.look()) cost += list.endsWith(' ') ? WEIGHTS.whole : WEIGHTS.one;

    expect(cost).toBe(weight);
  });
});
