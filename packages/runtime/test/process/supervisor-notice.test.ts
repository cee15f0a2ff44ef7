import { describe, expect, it } from '@jest/globals';
import type { ChildEvents } from '../../src/ports/processes.ts';
import { supervisorNotice } from '../../src/process/supervisor-notice.ts';
import { VirtualClock } from '../bus/_virtual-clock.ts';

function world(environment: Readonly<Record<string, string>>) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const running: ChildEvents[] = [];
  const errors: string[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (event: string) => void errors.push(event), child: () => log };
  const processes = {
    pid: 7,
    spawn: ([, ...words]: readonly string[], _options: object, events: ChildEvents) => {
      told.push(words.join(' '));
      running.push(events);
      return { pid: 8, signal: () => {} };
    },
    onStopSignal: () => {},
    exit: () => {},
  };
  const notice = supervisorNotice({ clock, log, processes, secrets: { environment: (name) => environment[name] } });
  const finishAll = (code = 0): void => {
    for (const { onExit } of running.splice(0)) onExit({ code, signal: null });
  };
  return { clock, told, errors, notice, finishAll };
}

describe('what systemd is told', () => {
  it('is nothing where there is no systemd', () => {
    const { notice, told } = world({});
    notice.up('health on port 1');
    notice.stopping();
    expect(told).toEqual([]);
  });

  it('is that the process is up, that its loop turns, and that it stops; and then no more', () => {
    const { clock, notice, told, finishAll } = world({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' });
    notice.up('health on port 1');
    finishAll();
    clock.advance(10_000);
    finishAll();
    clock.advance(10_000);
    finishAll();
    notice.stopping();
    clock.advance(60_000);
    expect(told).toEqual(['READY=1 STATUS=health on port 1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1']);
  });

  it('does not feed the watchdog of another process, and starts no second helper beside one that hangs', () => {
    const other = world({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' });
    other.notice.up('x');
    other.clock.advance(60_000);
    expect(other.told).toHaveLength(1);
    const hanging = world({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000' });
    hanging.notice.up('x');
    hanging.clock.advance(60_000);
    expect(hanging.told).toHaveLength(1);
  });

  it('is an error, once, when the helper cannot be run', () => {
    const { clock, notice, errors, finishAll } = world({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '30000000' });
    notice.up('x');
    finishAll(127);
    clock.advance(10_000);
    finishAll(127);
    expect(errors).toEqual(['supervisor-not-told']);
  });
});
