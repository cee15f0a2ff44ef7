import { type InstrumentId, parseInstrumentId } from '@fillwright/domain';
import { confirmed, type Outcome, refused } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import type { EngineContext } from '../../src/context.ts';
import { InstrumentList } from '../../src/feeds/instrument-list.ts';
import { BTC, INSTRUMENT, settle, World } from '../_world.ts';

const NEW = parseInstrumentId('NEWUSDT-PERP.BINANCE');
const HOUR_MS = 3_600_000;

function listed(...ids: readonly InstrumentId[]) {
  return confirmed({ instruments: ids.map((id) => ({ ...INSTRUMENT, id })), clockOffsetMs: 0 });
}

function list(answer: Outcome<unknown>): { world: World; context: EngineContext; list: InstrumentList; read: () => number } {
  const world = new World();
  let count = 0;
  const prepare = () => {
    count += 1;
    return Promise.resolve(answer as never);
  };
  const context = { ...world.context, adapter: { ...world.context.adapter, prepare } };
  return { world, context, list: new InstrumentList(context), read: () => count };
}

describe('the list of instruments', () => {
  it('is read again every hour, also after an hour in which that failed', async () => {
    const { world, list: instruments, read } = list(refused('X', 'x'));
    instruments.start();
    await world.clock.advance(HOUR_MS - 1);
    expect(read()).toBe(0);
    await world.clock.advance(2 * HOUR_MS);

    expect(read()).toBe(2);
  });

  it('is read soon when something happens on an instrument that is not in it, and no more than once a minute', async () => {
    const { world, context, list: instruments, read } = list(listed(BTC, NEW));
    instruments.start();
    await world.clock.advance(60_000);
    instruments.seen(BTC);
    expect(read()).toBe(0);
    instruments.seen(NEW);
    instruments.seen(parseInstrumentId('NOSUCH-PERP.BINANCE'));
    await settle();

    expect(read()).toBe(1);
    expect(context.instruments.has(NEW)).toBe(true);
  });

  it('is read when the minute is over, where that happens within it', async () => {
    const { world, list: instruments, read } = list(listed(BTC, NEW));
    instruments.start();
    await world.clock.advance(10_000);
    instruments.seen(NEW);
    await world.clock.advance(49_999);
    expect(read()).toBe(0);
    await world.clock.advance(1);
    expect(read()).toBe(1);
    await world.clock.advance(HOUR_MS);

    expect(read()).toBe(2);
  });

  it('is read soon when an instrument is wanted that was halted at the last reading, so that the end of a halt is not missed for an hour', async () => {
    const { world, context, list: instruments, read } = list(listed(BTC));
    context.instruments.set(BTC, { ...INSTRUMENT, trading: false });
    instruments.start();
    await world.clock.advance(60_000);
    instruments.seen(BTC);
    await settle();

    expect(read()).toBe(1);
    expect(context.instruments.get(BTC)).toMatchObject({ trading: true });
    instruments.seen(BTC);
    await world.clock.advance(60_000);
    expect(read()).toBe(1);
  });

  it('keeps what is listed no more, as not trading', async () => {
    const { world, context, list: instruments } = list(listed(NEW));
    instruments.start();
    await world.clock.advance(HOUR_MS);

    expect(context.instruments.get(BTC)).toMatchObject({ trading: false });
    expect(context.instruments.get(NEW)).toMatchObject({ trading: true });
  });

  it('is not read after the end', async () => {
    const { world, list: instruments, read } = list(listed(BTC));
    instruments.start();
    instruments.stop();
    await world.clock.advance(2 * HOUR_MS);

    expect(read()).toBe(0);
  });
});
