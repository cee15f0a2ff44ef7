import { describe, expect, it } from '@jest/globals';
import { Kernel } from '../../src/mod.ts';

const OWNER = { name: 'someone', dead: false, busyUntilUs: 0 };

describe('order', () => {
  it('runs events by time and ties by insertion', async () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: string[] = [];
    for (const [atUs, name] of [
      [20, 'c'],
      [10, 'a'],
      [20, 'd'],
      [10, 'b'],
    ] as const)
      kernel.at(atUs, name, undefined, () => seen.push(name));

    const outcome = await kernel.run();

    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(outcome).toEqual({ reason: 'drained', events: 4, nowUs: 20 });
  });

  it('lets every promise run dry before the next event, however long the chain', async () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: string[] = [];
    kernel.at(5, 'long', undefined, () => {
      void (async () => {
        for (let hop = 0; hop < 1_000; hop++) await null;
        await Promise.all([Promise.resolve().then(() => null), Promise.race([Promise.resolve()])]);
        seen.push(`chain at ${kernel.nowUs}`);
      })();
    });
    kernel.at(5, 'next', undefined, () => seen.push('next'));
    await kernel.run();

    expect(seen).toEqual(['chain at 5', 'next']);
  });

  it('puts what is scheduled in the past at now, and never goes back', async () => {
    const kernel = new Kernel({ seed: 1 });
    const times: number[] = [];
    kernel.at(100, 'first', undefined, () => kernel.at(1, 'late', undefined, () => times.push(kernel.nowUs)));
    await kernel.run();

    expect(times).toEqual([100]);
  });

  it('never runs a cancelled event', async () => {
    const kernel = new Kernel({ seed: 1 });
    const event = kernel.at(10, 'x', undefined, () => expect(true).toBe(false));
    kernel.cancel(event);
    kernel.cancel(event);

    expect((await kernel.run()).events).toBe(0);
  });

  it('drops events of the dead and puts off those of the busy, in their order', async () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: string[] = [];
    const busy = { name: 'busy', dead: false, busyUntilUs: 50 };
    kernel.at(10, 'x', { name: 'dead', dead: true, busyUntilUs: 0 }, () => seen.push('dead'));
    kernel.at(10, 'x', busy, () => seen.push(`first at ${kernel.nowUs}`));
    kernel.at(20, 'x', busy, () => seen.push(`second at ${kernel.nowUs}`));
    kernel.at(30, 'x', OWNER, () => seen.push(`other at ${kernel.nowUs}`));
    await kernel.run();

    expect(seen).toEqual(['other at 30', 'first at 50', 'second at 50']);
  });
});

describe('ends of a run', () => {
  it('stops at a time, with the events of that time and none later', async () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: number[] = [];
    for (const atUs of [10, 20, 21]) kernel.at(atUs, 'x', undefined, () => seen.push(atUs));

    expect(await kernel.run({ untilUs: 20 })).toEqual({ reason: 'time', events: 2, nowUs: 20 });
    expect(await kernel.run({ untilUs: 500 })).toEqual({ reason: 'time', events: 1, nowUs: 500 });
    expect(seen).toEqual([10, 20, 21]);
  });

  it('stops as soon as a condition holds that a promise made true', async () => {
    const kernel = new Kernel({ seed: 1 });
    let done = false;
    kernel.at(10, 'x', undefined, () => void Promise.resolve().then(() => (done = true)));
    kernel.at(11, 'x', undefined, () => expect(true).toBe(false));

    expect(await kernel.run({ until: () => done })).toMatchObject({ reason: 'condition', nowUs: 10 });
  });

  it('says that it stalled, naming what is awaited', async () => {
    const kernel = new Kernel({ seed: 1 });
    kernel.awaits(OWNER, 'GET http://venue/order');

    await expect(kernel.run({ until: () => false })).rejects.toMatchObject({
      code: 'SIM_STALLED',
      message: expect.stringContaining('someone awaits GET http://venue/order'),
    });
  });

  it('ends an endless run with an error that names its next events', async () => {
    const kernel = new Kernel({ seed: 'endless' });
    const again = (): void => void kernel.at(kernel.nowUs + 1, 'again', OWNER, again);
    again();

    await expect(kernel.run({ maxEvents: 1_000 })).rejects.toMatchObject({
      code: 'SIM_EVENT_BOUND',
      message: expect.stringMatching(/seed endless: 1000 events.*again for someone/),
    });
    expect(kernel.executed).toBe(1_000);
  });

  it('refuses to queue without bound', async () => {
    const kernel = new Kernel({ seed: 1, maxQueued: 10 });
    kernel.at(0, 'flood', undefined, () => {
      for (let i = 0; i < 11; i++) kernel.at(1, 'drop', undefined, () => {});
    });

    await expect(kernel.run()).rejects.toMatchObject({ code: 'SIM_UNCAUGHT', cause: { code: 'SIM_QUEUE_BOUND' } });
  });

  it('runs once at a time', async () => {
    const kernel = new Kernel({ seed: 1 });
    const first = kernel.run();

    await expect(kernel.run()).rejects.toMatchObject({ code: 'SIM_RUNNING' });
    await first;
  });
});

describe('exceptions', () => {
  it('fail the run when nobody catches them, naming whose they are', async () => {
    const kernel = new Kernel({ seed: 1 });
    kernel.at(10, 'timer', OWNER, () => {
      throw new Error('a bug');
    });

    await expect(kernel.run()).rejects.toMatchObject({ code: 'SIM_UNCAUGHT', message: 'someone threw in timer: a bug' });
  });

  it('are for whoever wants them', async () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: unknown[] = [];
    kernel.onUncaught = (error, owner, kind) => seen.push(error, owner, kind);
    const bug = new Error('a bug');
    kernel.at(10, 'timer', OWNER, () => {
      throw bug;
    });
    await kernel.run();

    expect(seen).toEqual([bug, OWNER, 'timer']);
  });

  it('fail the run also when they are rejections that nobody handles', async () => {
    const kernel = new Kernel({ seed: 1 });
    kernel.at(10, 'timer', OWNER, () => void Promise.reject(new Error('forgotten')));

    await expect(kernel.run()).rejects.toMatchObject({ code: 'SIM_UNCAUGHT', message: expect.stringContaining('forgotten') });
  });
});

describe('the trace', () => {
  const traced = async (change: (kernel: Kernel) => void): Promise<string> => {
    const kernel = new Kernel({ seed: 1 });
    kernel.at(10, 'x', OWNER, () => kernel.trace.note(kernel.nowUs, 'someone', 'said', 'hello'));
    change(kernel);
    await kernel.run();
    return kernel.trace.digest();
  };

  it('is the same for the same events, and looking at it changes nothing', async () => {
    const base = await traced(() => {});

    expect(await traced((kernel) => kernel.trace.digest())).toBe(base);
  });

  it.each([
    ['an event more', (kernel: Kernel) => kernel.at(11, 'x', OWNER, () => {})],
    ['a note more', (kernel: Kernel) => kernel.trace.note(0, 'a', 'b', '')],
    ['an empty note of bytes', (kernel: Kernel) => kernel.trace.note(0, 'a', 'c', new Uint8Array(1))],
    ['a long note', (kernel: Kernel) => kernel.trace.note(0, 'a', 'b', 'x'.repeat(200_000))],
    ['a long note of bytes', (kernel: Kernel) => kernel.trace.note(0, 'a', 'b', new Uint8Array(200_000))],
  ])('differs by %s', async (_what, change) => {
    const base = await traced(() => {});

    expect(await traced((kernel) => void change(kernel))).not.toBe(base);
  });

  it('is readable on demand, one JSON text a line', async () => {
    const lines: string[] = [];
    const kernel = new Kernel({ seed: 7, traceSink: (line) => lines.push(line) });
    kernel.at(10, 'timer', OWNER, () => kernel.trace.note(10, 'someone', 'said', new TextEncoder().encode('hello')));
    await kernel.run();

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { us: 0, who: 'kernel', note: 'seed', detail: '7' },
      { us: 10, who: 'someone', event: 'timer', order: 0 },
      { us: 10, who: 'someone', note: 'said', detail: 'hello' },
    ]);
  });
});
