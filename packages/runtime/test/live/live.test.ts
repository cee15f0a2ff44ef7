import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createProcesses } from '../../src/live/processes.ts';
import { createSecrets } from '../../src/live/secrets.ts';
import { createSystemClock } from '../../src/live/system-clock.ts';
import { createSystemRandom } from '../../src/live/system-random.ts';
import { createTerminal } from '../../src/live/terminal.ts';
import type { ChildExit, ChildProcess } from '../../src/ports/processes.ts';

/** 5 ms, and the millisecond that `Date.now` cuts off. */
const FOLLOWS_US = 6_000;

describe('the system clock', () => {
  it('tells whole microseconds close to the wall, and never goes back', () => {
    const clock = createSystemClock();
    const beforeUs = Date.now() * 1_000;
    const wallUs = clock.wallUs();
    const afterUs = Date.now() * 1_000;

    expect(Number.isSafeInteger(wallUs)).toBe(true);
    // It may be as far from the system's clock as it follows it.
    expect(wallUs).toBeGreaterThan(beforeUs - FOLLOWS_US);
    expect(wallUs).toBeLessThan(afterUs + FOLLOWS_US);
    let before = clock.monotonicUs();
    for (let round = 0; round < 10_000; round += 1) {
      const now = clock.monotonicUs();
      expect(now >= before && Number.isInteger(now)).toBe(true);
      before = now;
    }
  });

  it('runs a timer not before its time, and a cancelled one never', async () => {
    const clock = createSystemClock();
    const startUs = clock.monotonicUs();
    let cancelledRan = false;
    clock
      .after(1, () => {
        cancelledRan = true;
      })
      .cancel();

    await new Promise<void>((resolve) => clock.after(20, resolve));
    expect(clock.monotonicUs() - startUs).toBeGreaterThanOrEqual(19_000);
    expect(cancelledRan).toBe(false);
  });
});

describe('the system random', () => {
  it('stays within its bounds', () => {
    const random = createSystemRandom();
    const drawn = Array.from({ length: 500 }, () => random.below(3));

    expect([...new Set(drawn)].sort()).toEqual([0, 1, 2]);
    expect(random.bytes(16)).toHaveLength(16);
    expect(random.float()).toBeLessThan(1);
  });
});

describe('secrets', () => {
  it('take an empty variable for an unset one, and nothing from the prototype', () => {
    const secrets = createSecrets({ A: 'x', B: '' });

    expect(['A', 'B', 'C', 'toString'].map(secrets.environment)).toEqual(['x', undefined, undefined, undefined]);
  });
});

describe('child processes', () => {
  const node = (code: string) => [process.execPath, '-e', code];

  function run(command: readonly string[], onStart: (child: ChildProcess) => void = () => {}) {
    const out: string[] = [];
    return new Promise<{ readonly exit: ChildExit; readonly out: readonly string[] }>((resolve) => {
      const child = createProcesses().spawn(
        command,
        { env: { GREETING: 'hello' } },
        {
          onStdoutLine: (line) => out.push(line),
          onStderrLine: (line) => out.push(`err ${line}`),
          onExit: (exit) => resolve({ exit, out }),
        },
      );
      onStart(child);
    });
  }

  it('hand over each line, and the exit code after the last one', async () => {
    const { exit, out } = await run(node('console.log(process.env.GREETING); console.log("b"); console.error("c"); process.exitCode = 4'));

    expect(exit).toEqual({ code: 4, signal: null });
    expect(out.toSorted()).toEqual(['b', 'err c', 'hello']);
  });

  it('tell the signal that ended them', async () => {
    const { exit } = await run(node('setInterval(() => {}, 1000)'), (child) => child.signal('SIGKILL'));

    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('answer 127 when there is no such program', async () => {
    const { exit } = await run(['/no/such/program']);

    expect(exit).toEqual({ code: 127, signal: null });
  });
});

describe('the terminal', () => {
  it('survives that nobody reads any more', () => {
    const stream = new PassThrough() as unknown as NodeJS.WriteStream;
    const terminal = createTerminal(stream, stream);

    expect(() => stream.emit('error', new Error('EPIPE'))).not.toThrow();
    expect(terminal.interactive).toBe(false);
    expect(terminal.columns).toBeGreaterThan(0);
  });
});
