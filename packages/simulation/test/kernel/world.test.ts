/** Processes over their lives, machines with their clocks and disks. */

import { DiskError, type Ports } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { World } from '../../src/mod.ts';
import { bornPorts } from '../net-world.ts';

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a process', () => {
  it('is built as its first event, started, and known to be up when its start is through', async () => {
    const world = new World({ seed: 1 });
    const steps: string[] = [];
    const process = world.spawn(
      'box/one',
      async ({ clock }) => {
        await Promise.resolve();
        steps.push(`built at ${world.kernel.nowUs}`);
        return {
          start: () =>
            new Promise<void>((resolve) => {
              clock.after(5, resolve);
            }),
        };
      },
      { delayUs: 1_000 },
    );
    expect(process.service).toBeUndefined();

    await world.run({ untilUs: 5_999 });
    expect(steps).toEqual(['built at 1000']);
    expect([process.service === undefined, process.started]).toEqual([false, false]);

    await world.run({ untilUs: 6_000 });
    expect(process.started).toBe(true);
  });

  it('finds its files and databases in its next life, and draws other numbers', async () => {
    const world = new World({ seed: 1 });
    const lives: { files: readonly string[]; rows: unknown; draw: number }[] = [];
    const process = world.spawn('box/one', ({ disk, store, random }) => {
      const database = store.open('db');
      database.exec('CREATE TABLE IF NOT EXISTS t (x)');
      lives.push({ files: disk.list(''), rows: database.prepare('SELECT x FROM t').all(), draw: random.float() });
      database.prepare('INSERT INTO t VALUES (?)').run(7);
      disk.writeAtomic('state', bytes('x'));
      return {};
    });
    await world.run();
    process.kill();
    expect([process.alive, process.service]).toEqual([false, undefined]);
    process.restart();
    await world.run();

    expect(lives).toMatchObject([
      { files: [], rows: [] },
      { files: ['state'], rows: [{ x: 7 }] },
    ]);
    expect(lives[0]?.draw).not.toBe(lives[1]?.draw);
    expect(process.incarnation.name).toBe('one#2');
  });

  it('is dead when its start fails, and the run says why unless somebody watches', async () => {
    const fail = (): object => ({ start: () => Promise.reject(new Error('no configuration')) });
    const strict = new World({ seed: 1 });
    strict.spawn('box/one', fail);
    await expect(strict.run()).rejects.toMatchObject({ code: 'SIM_START_FAILED', message: expect.stringContaining('no configuration') });

    const watched = new World({ seed: 1 });
    const failed: string[] = [];
    watched.onStartFailed = (process) => failed.push(process.incarnation.name);
    const process = watched.spawn('box/one', fail);
    await watched.run();
    expect([failed, process.alive]).toEqual([['one#1'], false]);
  });

  it('has one name and one life at a time', () => {
    const world = new World({ seed: 1 });
    const process = world.spawn('box/one', () => ({}));

    expect(() => world.spawn('other/one', () => ({}))).toThrow(expect.objectContaining({ code: 'SIM_BAD_NAME' }));
    expect(() => world.spawn('nowhere', () => ({}))).toThrow(expect.objectContaining({ code: 'SIM_BAD_NAME' }));
    expect(() => process.restart()).toThrow(expect.objectContaining({ code: 'SIM_ALIVE' }));
  });

  it('logs into the ring of the world; warnings are part of the trace', async () => {
    const digestWith = async (level: 'info' | 'warn', text: string): Promise<string> => {
      const world = new World({ seed: 1, logLines: 2 });
      const { log } = await bornPorts(world, 'box/one');
      log.info('first');
      log.child({ a: 1n })[level]('second', { text, error: new Error('bad') });
      log.debug('third');
      expect(world.logs.lines().map(({ event }) => event)).toEqual(['second', 'third']);
      return world.kernel.trace.digest();
    };

    expect(await digestWith('info', 'x')).toBe(await digestWith('info', 'y'));
    expect(await digestWith('warn', 'x')).not.toBe(await digestWith('warn', 'y'));
  });

  it('counts', async () => {
    const world = new World({ seed: 1 });
    const { metrics } = await bornPorts(world, 'box/one');
    metrics.counter('c', 'help', 'code').add(2, 'x');
    metrics.counter('c', 'help', 'code').add(1, 'x');
    metrics.gauge('g', 'help').set(7);
    metrics.histogram('h', 'help').observe(5);

    expect(metrics.summary()).toEqual({ 'c{code="x"}': 3, g: 7, h_count: 1, h_sum: 5 });
  });
});

describe('time', () => {
  it('passes by timers alone, and runs them not before they are due', async () => {
    const world = new World({ seed: 1, wallZeroUs: 1_000_000 });
    const { clock } = await bornPorts(world, 'box/one');
    const seen: number[] = [];
    const zero = clock.monotonicUs();
    clock.after(1.0001, () => seen.push(clock.monotonicUs() - zero));
    clock.after(-5, () => seen.push(clock.monotonicUs() - zero));
    clock.after(3, () => seen.push(-1)).cancel();
    await world.run();

    expect(seen).toEqual([0, 1_001]);
    expect(clock.wallUs()).toBe(1_000_000 + world.kernel.nowUs);
    expect(() => clock.after(Number.NaN, () => {})).toThrow(RangeError);
  });

  it('of the wall may step on one machine, while its timers and durations do not notice', async () => {
    const world = new World({ seed: 1 });
    const one = (await bornPorts(world, 'box/one')).clock;
    const other = (await bornPorts(world, 'other/two')).clock;
    const [wall, monotonic] = [one.wallUs(), one.monotonicUs()];
    let firedUs = 0;
    one.after(10, () => {
      firedUs = world.kernel.nowUs;
    });
    world.machine('box').wallOffsetUs -= 5_000_000;

    expect(one.wallUs()).toBe(wall - 5_000_000);
    expect(one.monotonicUs()).toBe(monotonic);
    expect(other.wallUs()).toBe(wall);
    await world.run();
    expect(firedUs).toBe(10_000);
  });

  it('of two machines has two zeros where it is monotonic', async () => {
    const world = new World({ seed: 1 });

    expect((await bornPorts(world, 'a/one')).clock.monotonicUs()).not.toBe((await bornPorts(world, 'b/two')).clock.monotonicUs());
  });
});

describe('a disk', () => {
  async function writer(): Promise<{
    readonly world: World;
    readonly ports: Ports;
    readonly image: ReturnType<ReturnType<World['machine']>['disk']>;
  }> {
    const world = new World({ seed: 1 });
    const ports = await bornPorts(world, 'box/one');
    return { world, ports, image: world.machine('box').disk('one') };
  }
  const codeOf = (work: () => unknown): string => {
    try {
      work();
      return 'none';
    } catch (error) {
      return error instanceof DiskError ? error.code : String(error);
    }
  };

  it('that is full takes a part of an append', async () => {
    const { ports, image } = await writer();
    image.capacityBytes = 10;
    const file = ports.disk.open('a');
    file.append(bytes('12345678'));

    expect(codeOf(() => file.append(bytes('9abcd')))).toBe('full');
    expect(file.size).toBe(10);
    expect(codeOf(() => ports.disk.writeAtomic('b', bytes('x')))).toBe('full');
    file.truncate(8);
    file.append(bytes('9'));
    expect(file.size).toBe(9);
  });

  it('with faults tears, fails and takes its time, and its process stands still meanwhile', async () => {
    const { world, ports, image } = await writer();
    const file = ports.disk.open('a');
    const beforeUs = ports.clock.monotonicUs();
    const seen: string[] = [];
    ports.clock.after(1, () => seen.push(`timer at ${world.kernel.nowUs}`));
    image.faults = { before: ({ name }) => (name === 'append' ? { delayUs: 30_000, error: 'failed', tornBytes: 2 } : undefined) };

    expect(codeOf(() => file.append(bytes('12345')))).toBe('failed');
    expect(file.size).toBe(2);
    expect(ports.clock.monotonicUs() - beforeUs).toBe(30_000);
    await world.run();
    expect(seen).toEqual(['timer at 30000']);
  });

  it('may be torn when its process dies', async () => {
    const { world, ports, image } = await writer();
    ports.disk.open('a').append(bytes('12345'));
    image.faults = { onCrash: (disk) => disk.file('a')?.truncate(3) };
    world.processes[0]?.kill();

    expect(image.file('a')?.size).toBe(3);
  });

  it('keeps what was synced over a power cut, and of the rest a part', async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const world = new World({ seed });
      const { disk } = await bornPorts(world, 'box/one');
      const file = disk.open('a');
      file.append(bytes('synced'));
      file.sync();
      file.append(bytes('not'));
      disk.writeAtomic('b', bytes('whole'));
      world.cutPower(world.machine('box'));
      const image = world.machine('box').disk('one');
      expect(image.file('b')?.size).toBe(5);
      sizes.add(image.file('a')?.size ?? -1);
    }

    expect([...sizes].sort()).toEqual([6, 7, 8, 9]);
  });
});

describe('waiting', () => {
  it('in vain names what was awaited and the seed', async () => {
    const world = new World({ seed: 77 });
    const { http } = await bornPorts(world, 'box/one');
    world.network.partition(['one'], ['@box']);
    void http.request({ method: 'POST', url: 'http://10.0.0.1:9/order?signature=x', headers: {}, timeoutMs: 100 });

    await expect(world.runUntil(() => false, 'order', 50_000)).rejects.toMatchObject({
      code: 'SIM_STALLED',
      message: expect.stringMatching(/seed 77: no order within 50000 µs.*one#1 awaits POST http:\/\/10\.0\.0\.1:9\/order;/),
    });
  });
});
