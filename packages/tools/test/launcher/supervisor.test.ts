import type { AppError } from '@fillwright/runtime';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ProcessName } from '../../src/launcher/plan.ts';
import { Supervisor } from '../../src/launcher/supervisor.ts';
import { settle, TestClock } from '../_clock.ts';
import { FakeProcesses } from './_fake-processes.ts';

let clock: TestClock;
let processes: FakeProcesses;
let notices: string[];
let fatal: AppError[];
let written: string[];

beforeEach(() => {
  clock = new TestClock();
  processes = new FakeProcesses();
  notices = [];
  fatal = [];
  written = [];
});

function supervisor(restart = true): Supervisor {
  const names: readonly ProcessName[] = ['trading-engine', 'trader'];
  const plans = names.map((name) => ({ name, source: `${name}_proc`, command: [name, '--json'], env: { DATA: 'x' } }));
  const desk = new Supervisor(
    { processes, clock },
    plans,
    { restart, logOf: (name) => `logs/${name}.log`, sinkOf: (name) => ({ add: (line) => written.push(`${name}: ${line}`) }) },
    {
      onStdoutLine: () => {},
      onEnded: () => {},
      onNotice: (text) => notices.push(text),
      onFatal: (error) => fatal.push(error),
    },
  );
  desk.startAll();
  return desk;
}

describe('the supervisor', () => {
  it('starts all with their environment and tells their state', () => {
    const desk = supervisor();

    expect(processes.children.map(({ command }) => command[0])).toEqual(['trading-engine', 'trader']);
    expect(processes.newest('trader').env).toEqual({ DATA: 'x' });
    expect(desk.status('trader')).toEqual({ pid: 4_001, restarts: 0, phase: 'running' });
  });

  it('starts a process that was ready again, a second after it died', async () => {
    const desk = supervisor();
    desk.noteReady('trader');
    processes.newest('trader').end({ code: 1, signal: null });

    expect(notices).toEqual(['trader ended with exit code 1; it is started again in 1 s (logs/trader.log)']);
    expect(desk.status('trader')).toEqual({ pid: undefined, restarts: 0, phase: 'died' });
    await clock.advance(999);
    expect(processes.children).toHaveLength(2);
    await clock.advance(1);
    expect(desk.status('trader')).toEqual({ pid: 4_002, restarts: 1, phase: 'running' });
    expect(fatal).toEqual([]);
  });

  it('starts a process that was killed again even before it was ready', async () => {
    const desk = supervisor();
    processes.newest('trader').end({ code: null, signal: 'SIGKILL' });

    await clock.advance(1_000);
    expect(desk.status('trader').restarts).toBe(1);
  });

  it('gives up on a process that never got up, in its own words', () => {
    supervisor();
    const trader = processes.newest('trader');
    trader.err('some warning');
    trader.out('{"ok":false,"error":{"code":"RUN_PORT_IN_USE","message":"tcp://127.0.0.1:7003 is in use"}}');
    trader.end({ code: 1, signal: null });

    expect(fatal.map(({ code, message }) => [code, message])).toEqual([
      ['TOL_PROCESS_DIED', 'trader ended with exit code 1: RUN_PORT_IN_USE: tcp://127.0.0.1:7003 is in use; see logs/trader.log'],
    ]);
    expect(written).toContain('trader: some warning');
  });

  it('shows the last lines of a process that says no more', () => {
    supervisor();
    const engine = processes.newest('trading-engine');
    for (let line = 1; line <= 40; line += 1) engine.err(`line ${line}`);
    engine.end({ code: 134, signal: null });

    expect(fatal[0]?.message).toContain('trading-engine ended with exit code 134:\n  line 33\n');
    expect(fatal[0]?.message).toContain('\n  line 40\nsee logs/trading-engine.log');
  });

  it('gives up after the sixth death within a minute', async () => {
    const desk = supervisor();
    desk.noteReady('trader');
    for (let death = 1; death <= 6; death += 1) {
      expect(fatal).toEqual([]);
      processes.newest('trader').end({ code: null, signal: 'SIGSEGV' });
      await clock.advance(2_000);
    }

    expect(fatal[0]?.message).toContain('trader died 6 times within a minute, the last time with signal SIGSEGV');
    expect(processes.children).toHaveLength(2 + 5);
  });

  it('forgets deaths of more than a minute ago', async () => {
    const desk = supervisor();
    desk.noteReady('trader');
    for (let death = 1; death <= 12; death += 1) {
      processes.newest('trader').end({ code: null, signal: 'SIGSEGV' });
      await clock.advance(15_000);
    }

    expect(fatal).toEqual([]);
    expect(desk.status('trader').restarts).toBe(12);
  });

  it('starts nothing again when told not to', () => {
    const desk = supervisor(false);
    desk.noteReady('trader');
    processes.newest('trader').end({ code: null, signal: 'SIGKILL' });

    expect(fatal[0]?.message).toContain('trader ended with signal SIGKILL');
  });

  it('tells whether a process stopped in time, asks it once, and knows what it left', async () => {
    const desk = supervisor();
    const trader = processes.newest('trader');
    desk.retire();
    let stopped: boolean | undefined;
    const ask = () => {
      void desk.stop('trader', 500).then((ended) => {
        stopped = ended;
      });
    };

    ask();
    await clock.advance(500);
    expect(stopped).toBe(false);
    ask();
    trader.err('trader_proc left: open order q1 on BTCUSDT-PERP.BINANCE');
    trader.end({ code: 1, signal: null });
    await settle();
    expect(stopped).toBe(true);
    expect(trader.signals).toEqual(['SIGTERM']);
    expect(desk.leftBy('trader')).toEqual(['open order q1 on BTCUSDT-PERP.BINANCE']);
    expect([notices, fatal]).toEqual([[], []]);
  });

  it('kills what still runs, and does not start it again', async () => {
    const desk = supervisor();
    processes.newest('trader').end({ code: null, signal: 'SIGKILL' });

    expect(desk.killAll()).toEqual(['trading-engine']);
    expect(processes.newest('trading-engine').signals).toEqual(['SIGKILL']);
    await clock.advance(5_000);
    expect(processes.children).toHaveLength(2);
  });
});
