import { setSendValidation } from '@fillwright/messages';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Desk } from './_desk.ts';

beforeAll(() => setSendValidation(true));

describe('an engine', () => {
  it('asks nothing about the account before it knows the instruments and the account mode', async () => {
    const desk = new Desk();
    const asked: string[] = [];
    let prepared = 0;
    const make = desk.venue.adapter.bind(desk.venue);
    desk.venue.adapter = (clock) => {
      const adapter = make(clock);
      return {
        ...adapter,
        prepare: async () => {
          prepared += 1;
          return prepared < 3 ? { type: 'unknown', reason: { code: 'NO_ANSWER', text: 'timeout' } } : adapter.prepare();
        },
        openPrivateStream: (events) => {
          asked.push(`stream after ${prepared}`);
          return adapter.openPrivateStream(events);
        },
        openOrders: () => {
          asked.push(`orders after ${prepared}`);
          return adapter.openOrders();
        },
      };
    };
    await desk.run(3_000);
    expect([prepared, asked]).toEqual([2, []]);
    expect(desk.running().health()).toMatchObject({
      ready: false,
      state: 'starting',
      reasons: ['the venue has not let us in yet: NO_ANSWER: timeout'],
    });
    await desk.ready();

    expect(asked.slice(0, 2)).toEqual(['stream after 3', 'orders after 3']);
  });

  it('halts, resumes and halts again: a switch that was reset trips as the first time', async () => {
    const desk = new Desk();
    await desk.ready();
    const verdicts: string[] = [];
    for (const [round, action] of (['halt', 'resume', 'halt', 'resume'] as const).entries()) {
      await desk.control(action);
      await desk.place(`q1tkr3x0${round}`);
      verdicts.push(...desk.verdicts(`q1tkr3x0${round}`));
    }

    expect(verdicts).toEqual(['denied HALTED', 'accepted', 'denied HALTED', 'accepted']);
  });

  it('takes nothing on after it was told to stop, whatever traders go on asking', async () => {
    const desk = new Desk();
    await desk.ready();
    await desk.place('q1tkr3x01');
    desk.venue.isSilent = true;
    const stopped = desk.running().stop('test');
    await desk.place('q1tkr3x02');
    await desk.run(1_500);
    await stopped;

    expect(desk.verdicts('q1tkr3x02')).toEqual(['denied STOPPING']);
    expect(desk.venue.orders.map(({ clientOrderId }) => clientOrderId)).toEqual(['q1tkr3x01']);
  });
});
