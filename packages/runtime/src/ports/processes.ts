/** Child processes and our own life: for the launcher and for process start-up only. */

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ChildEvents {
  onStdoutLine?(line: string): void;
  onStderrLine?(line: string): void;
  /** Once; also when it could not be started (`code` is then 127). */
  onExit(exit: ChildExit): void;
}

export interface SpawnOptions {
  /** Added to the environment of this process; `''` takes a variable away. */
  readonly env?: Readonly<Record<string, string>>;
  /** One of our processes: it stops orderly when this one is gone, however that came about. Default false. */
  readonly endWithParent?: boolean;
}

export interface ChildProcess {
  readonly pid: number;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

export interface Processes {
  readonly pid: number;
  spawn(command: readonly string[], options: SpawnOptions, events: ChildEvents): ChildProcess;
  /** Runs `handler` on SIGINT and SIGTERM instead of ending at once. */
  onStopSignal(handler: (signal: string) => void): void;
  /** Ends this process after pending log lines were written. */
  exit(code: number): void;
}
