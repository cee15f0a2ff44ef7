/**
 * Tells systemd how the process stands (`Type=notify`): up, stopping, and alive as long as the event loop turns. Node has no datagram
 * sockets of the Unix kind, so each message goes by `systemd-notify`; without NOTIFY_SOCKET there is nobody to tell, and nothing happens.
 */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Processes } from '../ports/processes.ts';
import type { Secrets } from '../ports/secrets.ts';

export interface SupervisorPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly processes: Processes;
  readonly secrets: Secrets;
}

export interface SupervisorNotice {
  /** Sockets are bound and work has begun. From here on the watchdog is fed. */
  up(status: string): void;
  stopping(): void;
}

const PROGRAM = 'systemd-notify';
/** One that comes late, or whose message is lost, must not end a healthy process. */
const FEEDS_PER_WATCHDOG = 3;

export function supervisorNotice(ports: SupervisorPorts): SupervisorNotice {
  if (ports.secrets.environment('NOTIFY_SOCKET') === undefined) return { up: () => {}, stopping: () => {} };
  return new SystemdNotice(ports);
}

class SystemdNotice implements SupervisorNotice {
  readonly #ports: SupervisorPorts;
  readonly #feedMs: number | undefined;
  #isBusy = false;
  #isStopping = false;
  #failures = 0;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    const watchdogUs = Number(ports.secrets.environment('WATCHDOG_USEC') ?? '0');
    const pid = ports.secrets.environment('WATCHDOG_PID');
    const isMeant = pid === undefined || pid === String(ports.processes.pid);
    this.#feedMs = isMeant && watchdogUs > 0 ? Math.floor(watchdogUs / 1000 / FEEDS_PER_WATCHDOG) : undefined;
  }

  up(status: string): void {
    this.#tell('READY=1', `STATUS=${status}`);
    if (this.#feedMs !== undefined) this.#feed(this.#feedMs);
  }

  stopping(): void {
    this.#isStopping = true;
    this.#tell('STOPPING=1');
  }

  /** By a timer of the event loop: a loop that is stuck feeds nobody, which is what the watchdog is for. */
  #feed(everyMs: number): void {
    this.#ports.clock.after(everyMs, () => {
      if (this.#isStopping) return;
      // A helper that hangs is not joined by more and more of its kind.
      if (!this.#isBusy) this.#tell('WATCHDOG=1');
      this.#feed(everyMs);
    });
  }

  #tell(...words: readonly string[]): void {
    this.#isBusy = true;
    this.#ports.processes.spawn(
      [PROGRAM, ...words],
      {},
      {
        onExit: ({ code, signal }) => {
          this.#isBusy = false;
          if (code === 0) return;
          this.#failures += 1;
          if (this.#failures === 1)
            this.#ports.log.error('supervisor-not-told', { code: 'RUN_NOTIFY_FAILED', program: PROGRAM, exitCode: code, signal });
        },
      },
    );
  }
}
