/** From built ports to the exit code: starts the service, serves its health, and stops it in time when told to. */

import { endWithParent } from '../live/processes.ts';
import { startObserving } from '../observe/observing.ts';
import { serveStatus } from '../observe/status-server.ts';
import type { EdgePorts } from '../ports/ports.ts';
import { pollBusily } from './busy-poll.ts';
import { announceUp } from './daemon.ts';
import type { CommonConfig, ExtraFlag } from './definition.ts';
import { EXIT, type ExitCode, exitCodeOf, failureLine, failureOf } from './exit-code.ts';
import { watchHealth } from './health-watch.ts';
import { collectOften } from './memory.ts';
import type { Service, StopReport } from './service.ts';
import { type SupervisorNotice, supervisorNotice } from './supervisor-notice.ts';

export interface ServiceRun<S extends Service> {
  readonly name: string;
  readonly configPath: string;
  readonly common: CommonConfig;
  readonly json: boolean;
  /** Started by `--daemon`, whose command waits to hear that it is up. */
  readonly background: boolean;
  readonly build: () => S | Promise<S>;
  /** The line for stdout, given the standard one; `undefined` for none. */
  readonly readyLine: (service: S, standard: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | undefined;
  readonly stopBudgetMs: number;
}

/** Ends the process itself on a stop signal or an unexpected error; resolves only when the start failed. */
export async function runService<S extends Service>(ports: EdgePorts, run: ServiceRun<S>): Promise<ExitCode> {
  const { log, processes, terminal } = ports;
  const { GLOBAL, MONITORING, PERFORMANCE } = run.common;
  let said = false;
  const say = (line: string) => {
    if (!said) terminal.write(line);
    said = true;
  };
  const fail = (event: string, error: unknown): ExitCode => {
    log.error(event, { code: failureOf(error).code, error });
    if (run.json) say(failureLine(error));
    return exitCodeOf(error);
  };
  // A broken promise or invariant: state can no longer be trusted, so the process ends; the journal is what it recovers from.
  const crash = (error: unknown) => {
    fail('unexpected-error', error);
    processes.exit(EXIT.failed);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  // Timers and idle sockets do not hold a process open; a service runs until it is told to stop.
  setInterval(() => {}, 2 ** 30);

  collectOften();
  log.info('process-starting', { pid: processes.pid, config: run.configPath, node: process.version });
  try {
    const service = await run.build();
    const supervisor = supervisorNotice(ports);
    stopOnSignal(ports, run, service, supervisor);
    endWithParent();
    const status = await serveStatus(ports, MONITORING.HTTP_STATUS_PORT, {
      proc: GLOBAL.PROCESS_NAME,
      host: MONITORING.HTTP_STATUS_HOST,
      health: () => service.health(),
    });
    startObserving(ports, {
      enabled: MONITORING.ENABLE_METRICS,
      intervalMs: MONITORING.METRICS_INTERVAL_MS,
      percentiles: MONITORING.LOG_PERFORMANCE_METRICS,
      memoryLimitMb: PERFORMANCE?.MEMORY_LIMIT_MB,
      cpuLimitPercent: GLOBAL.BUSY_POLL ? undefined : PERFORMANCE?.CPU_LIMIT_PERCENT,
    });
    await service.start();
    if (GLOBAL.BUSY_POLL) pollBusily();
    watchHealth(ports, service, MONITORING.HEALTH_CHECK_INTERVAL_MS);
    const standard = { ok: true, process: GLOBAL.PROCESS_NAME, pid: processes.pid, statusPort: status.port };
    log.info('process-started', { ...standard });
    terminal.note(`${GLOBAL.PROCESS_NAME} is up: health on http://127.0.0.1:${status.port}/health/ready; stop with Ctrl-C`);
    const line = run.readyLine(service, standard);
    if (line !== undefined) say(`${JSON.stringify(line)}\n`);
    if (run.background) announceUp();
    supervisor.up(`health on port ${status.port}`);
  } catch (error) {
    const code = fail('start-failed', error);
    processes.exit(code);
    return code;
  }
  return new Promise(() => {});
}

/** One Ctrl-C arrives more than once: from the terminal, and again from npm or whatever stands between. */
const SAME_SIGNAL_US = 500_000;

/** The first signal stops orderly within the budget, the second at once. */
function stopOnSignal<S extends Service>(ports: EdgePorts, run: ServiceRun<S>, service: S, supervisor: SupervisorNotice): void {
  const { clock, log, processes, terminal } = ports;
  const { PROCESS_NAME: proc } = run.common.GLOBAL;
  let stopping = false;
  let firstUs = 0;
  processes.onStopSignal((signal) => {
    if (stopping) {
      if (clock.monotonicUs() - firstUs < SAME_SIGNAL_US) return;
      log.warn('stop-forced', { signal });
      processes.exit(EXIT.failed);
      return;
    }
    stopping = true;
    firstUs = clock.monotonicUs();
    log.info('process-stopping', { signal });
    supervisor.stopping();
    const finish = (report: StopReport) => {
      log.info('process-stopped', { clean: report.clean, left: report.left });
      for (const left of report.left) terminal.note(`${proc} left: ${left}`);
      terminal.note(`${proc} stopped${report.clean ? '' : ', but not cleanly'}`);
      processes.exit(report.clean ? EXIT.ok : EXIT.failed);
    };
    const late: StopReport = { clean: false, left: [`stopping took longer than ${run.stopBudgetMs} ms; state unknown`] };
    clock.after(run.stopBudgetMs, () => finish(late));
    service.stop(signal).then(finish, (error: unknown) => {
      log.error('stop-failed', { code: failureOf(error).code, error });
      finish({ clean: false, left: [failureOf(error).message] });
    });
  });
}

/** Runs an extra flag and ends the process; what it reports goes to stderr, with `json` also as the one line to stdout. */
export async function runExtra<C>(extra: ExtraFlag<C>, ports: EdgePorts, config: C, json: boolean): Promise<ExitCode> {
  const report = await extra.run(ports, config);
  for (const line of report.lines) ports.terminal.note(line);
  const failed = report.exitCode !== EXIT.ok && report.json.error === undefined;
  const error = failed ? { error: { code: 'RUN_CHECK_FAILED', message: report.lines.join('; ') } } : {};
  if (json) ports.terminal.write(`${JSON.stringify({ ...report.json, ...error })}\n`);
  ports.processes.exit(report.exitCode);
  return report.exitCode;
}
