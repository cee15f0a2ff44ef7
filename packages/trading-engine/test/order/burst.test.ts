/** Orders that become ready together: who joins, what holds for each of them, and what becomes of it when one request fails. */
import { type ClientOrderId, decimal, type RateTicket, usTime } from '@fillwright/domain';
import type { MessageData } from '@fillwright/messages';
import type { RequestQueue } from '@fillwright/runtime';
import { confirmed, type OrderBatches, type OrderReport, type Outcome, refused, type TicketedOrder, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EngineContext } from '../../src/context.ts';
import { CommandDesk } from '../../src/order/command-desk.ts';
import { Dispatcher } from '../../src/order/dispatcher.ts';
import { settle, World } from '../_world.ts';

const IDS = ['01', '02', '03', '04', '05', '06', '07'].map((last) => `q1tkr3x${last}`);

interface Handed {
  readonly ids: readonly string[];
  readonly orders: readonly TicketedOrder[];
  /** Records in the journal when it was handed over. */
  readonly journaled: number;
  answer(index: number, outcome: Outcome<OrderReport>): Promise<void>;
}

/** A desk whose venue takes batches; turns come when the test says so. */
class BurstWorld {
  readonly world = new World();
  readonly handed: Handed[] = [];
  readonly told: (readonly [type: string, isNew: boolean])[] = [];
  readonly dispatcher: Dispatcher;
  isOpen = true;
  /** As the adapter says; else each has a request of its own. */
  inOneRequest = false;
  busy = 0;
  readonly #desk: CommandDesk;
  readonly #queue: ((ticket?: RateTicket) => Promise<unknown>)[] = [];

  constructor(journalSync: 'normal' | 'full' = 'normal') {
    const { world } = this;
    world.syncsLater = journalSync === 'full';
    const context: EngineContext = {
      ...world.context,
      options: { ...world.context.options, journalSync },
      adapter: { ...world.context.adapter, batches: this.#batches() },
      lanes: this.#lanes(),
    };
    const gate = () => world.gate;
    this.dispatcher = new Dispatcher(context, world.reports, gate);
    this.dispatcher.onUnknown = (id) => world.resolver.watch(id);
    this.dispatcher.onOutcome = ({ type }, isNew) => this.told.push([type, isNew]);
    this.#desk = new CommandDesk(context, { dispatcher: this.dispatcher, gate, markOf: () => decimal('100') });
  }

  place(id: string, more: Partial<MessageData<'command.place'>> = {}): void {
    const command = {
      ...{ owner: 'q1', engineEpoch: this.world.context.epoch, clientOrderId: id as ClientOrderId, strategy: 's' },
      deadlineTs: usTime(this.world.clock.wallUs() + 2_000_000),
      ...{ instrument: 'BTCUSDT-PERP.BINANCE', side: 'buy', type: 'limit', timeInForce: 'GTC', qty: '1', price: '100' },
      ...{ reduceOnly: false, closePosition: false },
      ...more,
    } as MessageData<'command.place'>;
    this.world.context.inputs.run(() => this.#desk.place(command, { src: 'trader', commandId: id }));
  }

  cancel(id: string): void {
    const header = { owner: 'q1', engineEpoch: this.world.context.epoch, deadlineTs: usTime(this.world.clock.wallUs() + 2_000_000) };
    const command = { ...header, clientOrderId: id as ClientOrderId };
    this.world.context.inputs.run(() => this.#desk.cancel(command, { src: 'trader', commandId: `c${id}` }));
  }

  /** The turn of so many comes, in one turn of the loop. */
  turns(count = this.#queue.length): void {
    for (const start of this.#queue.splice(0, count)) {
      this.busy += 1;
      void start({ cost: {}, isPaced: true, state: 'held' }).then(() => {
        this.busy -= 1;
      });
    }
  }

  /** That turn of the loop ends. */
  async endTurn(): Promise<void> {
    await this.world.clock.advance(0);
    await settle();
  }

  phases(ids: readonly string[]): readonly string[] {
    return ids.map((id) => this.world.order(id).phase);
  }

  #lanes(): RequestQueue {
    return {
      schedule: (_lane, start) => {
        if (this.world.full) return false;
        this.#queue.push(start);
        return true;
      },
      waiting: 0,
      stop: () => undefined,
    };
  }

  #batches(): OrderBatches {
    const isOpen = () => this.isOpen;
    return {
      most: 5,
      get isOpen() {
        return isOpen();
      },
      submit: (orders) => {
        const resolvers: ((outcome: Outcome<OrderReport>) => void)[] = [];
        const outcomes = orders.map(() => new Promise<Outcome<OrderReport>>((resolve) => resolvers.push(resolve)));
        const answer = async (index: number, outcome: Outcome<OrderReport>): Promise<void> => {
          resolvers[index]?.(outcome);
          await settle();
        };
        const ids = orders.map(({ request }) => request.clientOrderId);
        this.handed.push({ ids, orders, journaled: this.world.records.length, answer });
        return outcomes.map((outcome, index) => ({ outcome, isCompanion: this.inOneRequest && index > 0 }));
      },
    };
  }
}

const groups = ({ handed }: BurstWorld) => handed.map(({ ids }) => ids);

describe('orders whose turn comes in the same turn of the loop', () => {
  it('leave together, five in a request at most, as soon as none is missing', () => {
    const desk = new BurstWorld();
    for (const id of IDS) desk.place(id);
    desk.turns();

    expect(groups(desk)).toEqual([IDS.slice(0, 5), IDS.slice(5)]);
    expect(desk.world.count('submit')).toBe(0);
  });

  it('are not waited for: the only one leaves at once', () => {
    const desk = new BurstWorld();
    desk.place(IDS[0] as string);
    desk.turns();

    expect(desk.world.count('submit')).toBe(1);
    expect(groups(desk)).toEqual([]);
  });

  it('do not wait for those whose turn comes later: they leave when that of the loop ends', async () => {
    const desk = new BurstWorld();
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns(2);
    expect(groups(desk)).toEqual([]);
    await desk.endTurn();
    expect(groups(desk)).toEqual([IDS.slice(0, 2)]);
    desk.turns();

    expect(groups(desk)).toEqual([IDS.slice(0, 2)]);
    expect(desk.world.count('submit')).toBe(1);
  });

  it('go alone while the venue takes no batches, and where they are conditional', async () => {
    const desk = new BurstWorld();
    desk.isOpen = false;
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    expect(desk.world.count('submit')).toBe(3);

    desk.isOpen = true;
    const stop = { type: 'stop-market', price: undefined, trigger: { price: '120', working: 'mark' } } as never;
    for (const id of IDS.slice(3)) desk.place(id, stop);
    desk.turns();
    expect(desk.world.count('submit')).toBe(7);
    await desk.endTurn();
    expect(groups(desk)).toEqual([]);
  });

  it('are each journaled as sending before any byte of the request leaves', async () => {
    const desk = new BurstWorld();
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    await desk.endTurn();

    const before = desk.world.records.slice(0, desk.handed[0]?.journaled);
    const sent = before.flatMap((record) =>
      record.k === 'order' && record.change.change === 'sending' ? [record.change.order.clientOrderId] : [],
    );
    expect(sent).toEqual(IDS.slice(0, 3));
  });

  it('leave together with JOURNAL_SYNC=full when one sync makes them safe, and each may still be held back then', async () => {
    const desk = new BurstWorld('full');
    const { world } = desk;
    for (const id of IDS.slice(0, 4)) desk.place(id);
    desk.turns();
    // They are journaled in their turn, so that the first sync is theirs.
    expect(desk.phases(IDS.slice(0, 4))).toEqual(['sending', 'sending', 'sending', 'sending']);
    await desk.endTurn();
    expect(groups(desk)).toEqual([]);
    desk.cancel(IDS[1] as string);
    await world.sync();

    expect(groups(desk)).toEqual([[IDS[0], IDS[2], IDS[3]]]);
    expect(desk.phases(IDS.slice(0, 4))).toEqual(['sending', 'canceled', 'sending', 'sending']);
    expect(desk.busy).toBe(3);
    for (const index of [0, 1, 2]) await desk.handed[0]?.answer(index, unknown('NO_ANSWER', 'timeout'));
    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([0, 0]);
  });

  it('are looked at once more: a halt, a cancel and a deadline that came in between stop each for itself', async () => {
    const desk = new BurstWorld();
    const { world } = desk;
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.place(IDS[3] as string, { deadlineTs: usTime(world.clock.wallUs() + 1_000) });
    for (const id of IDS.slice(4)) desk.place(id);
    await world.clock.advance(2);
    desk.turns(4);
    desk.cancel(IDS[0] as string);
    await desk.endTurn();
    expect(groups(desk)).toEqual([[IDS[1], IDS[2]]]);
    expect(desk.phases(IDS.slice(0, 4))).toEqual(['canceled', 'sending', 'sending', 'denied']);

    desk.turns(2);
    world.gate = { code: 'HALTED', text: 'halted' };
    await desk.endTurn();
    desk.turns();
    expect(desk.handed).toHaveLength(1);
    expect(desk.phases(IDS.slice(4))).toEqual(['denied', 'denied', 'denied']);
    await desk.handed[0]?.answer(0, unknown('NO_ANSWER', 'timeout'));
    await desk.handed[0]?.answer(1, unknown('NO_ANSWER', 'timeout'));
    expect(desk.busy).toBe(0);
  });

  it('have an outcome each, and give their slots back one by one', async () => {
    const desk = new BurstWorld();
    const { world } = desk;
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    await desk.endTurn();
    const [batch] = desk.handed;
    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([3, 3]);
    await batch?.answer(1, refused('BINANCE_2019', 'margin'));
    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([2, 2]);
    await batch?.answer(0, confirmed(world.report(IDS[0] as string)));
    await batch?.answer(2, unknown('UNREADABLE_ANSWER', 'no row'));

    expect(desk.phases(IDS.slice(0, 3))).toEqual(['new', 'rejected', 'unknown']);
    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([0, 0]);
    expect(desk.told).toEqual([
      ['refused', true],
      ['confirmed', true],
      ['unknown', true],
    ]);
  });

  it('have one slot together where they are one request', async () => {
    const desk = new BurstWorld();
    desk.inOneRequest = true;
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    await settle();
    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([1, 3]);
    for (const index of [1, 2, 0]) await desk.handed[0]?.answer(index, refused('BINANCE_2019', 'margin'));

    expect([desk.busy, desk.dispatcher.inFlight]).toEqual([0, 0]);
  });

  it('fail as one for the circuit breaker when their request fails, and are sent again each in its own time', async () => {
    const desk = new BurstWorld();
    const { world } = desk;
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    await desk.endTurn();
    const outcome = refused('BINANCE_1008', 'throttled', true);
    for (const index of [0, 1, 2]) await desk.handed[0]?.answer(index, outcome);
    expect(desk.told).toEqual([
      ['refused', true],
      ['refused', false],
      ['refused', false],
    ]);

    await world.clock.advance(200);
    desk.turns();
    await desk.endTurn();
    expect(groups(desk)).toEqual([IDS.slice(0, 3), IDS.slice(0, 3)]);
    expect(world.changes(IDS[0] as string).filter((change) => change === 'sending')).toHaveLength(2);
  });
});

describe('a request that is lost', () => {
  it('is one error of the API, however many orders it leaves in doubt', async () => {
    const desk = new BurstWorld();
    const { world } = desk;
    const asked: string[] = [];
    world.resolver.onStillUnknown = (id) => {
      if (!desk.dispatcher.isEcho(id)) asked.push(id);
    };
    for (const id of IDS.slice(0, 3)) desk.place(id);
    desk.turns();
    await desk.endTurn();
    const outcome = unknown('NO_ANSWER', 'cut');
    for (const index of [0, 1, 2]) await desk.handed[0]?.answer(index, outcome);
    await world.clock.advance(600);

    expect(desk.phases(IDS.slice(0, 3))).toEqual(['unknown', 'unknown', 'unknown']);
    expect(asked).toEqual([IDS[0]]);
  });
});

describe('whatever order things come in', () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant('place' as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ act: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ act: fc.constant('end' as const), count: fc.constant(0) }),
    fc.record({ act: fc.constant('sync' as const), count: fc.constant(0) }),
    fc.record({ act: fc.constant('cancel' as const), count: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ act: fc.constant('answer' as const), count: fc.integer({ min: 0, max: 3 }) }),
  );

  it('each order leaves at most once, none is left behind, and every slot comes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom('normal' as const, 'full' as const),
        async (steps, journalSync) => {
          const desk = new BurstWorld(journalSync);
          const { world } = desk;
          const placed: string[] = [];
          let answered = 0;
          const answerAll = async (kind: number): Promise<void> => {
            for (const { ids, answer } of desk.handed.slice(answered)) {
              answered += 1;
              const whole = refused('BINANCE_2019', 'margin');
              for (const [index, id] of ids.entries())
                await answer(index, kind === 0 ? confirmed(world.report(id)) : kind === 1 ? unknown('NO_ANSWER', 'cut') : whole);
            }
            for (const call of world.calls.filter(({ name }) => name === 'submit')) await call.answer(unknown('NO_ANSWER', 'cut'));
          };
          for (const { act, count } of steps) {
            if (act === 'place')
              for (let n = 0; n < count; n += 1) {
                const id = `q1tkr3y${placed.length.toString(36).padStart(2, '0')}`;
                desk.place(id);
                placed.push(id);
              }
            if (act === 'turns') desk.turns(count);
            if (act === 'end') await desk.endTurn();
            if (act === 'sync') await world.sync();
            if (act === 'cancel' && placed[count] !== undefined) desk.cancel(placed[count]);
            if (act === 'answer') await answerAll(count);
          }
          for (let round = 0; round < 2; round += 1) {
            desk.turns();
            await desk.endTurn();
            await world.sync();
          }
          await answerAll(0);

          const sent = [
            ...desk.handed.flatMap(({ ids }) => ids),
            ...world.calls.flatMap(({ name, id }) => (name === 'submit' ? [id] : [])),
          ];
          expect(new Set(sent).size).toBe(sent.length);
          expect(desk.phases(placed).filter((phase) => ['intent', 'waiting', 'sending'].includes(phase))).toEqual([]);
          expect([desk.busy, desk.dispatcher.inFlight, world.broken]).toEqual([0, 0, []]);
          for (const { ids } of desk.handed) expect(ids.length).toBeGreaterThanOrEqual(1);
          for (const id of sent) expect(world.changes(id).filter((change) => change === 'sending')).toHaveLength(1);
        },
      ),
      { numRuns: 150 },
    );
  });
});
