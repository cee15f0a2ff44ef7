/** Processes that start, write and die when a test says so. */
import type { ChildEvents, ChildExit, ChildProcess, Processes } from '@fillwright/runtime';

export class FakeChild implements ChildProcess {
  readonly pid: number;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signals: string[] = [];
  readonly #events: ChildEvents;
  /** What it does when it is told to stop. */
  onSignal: (name: string) => void = () => {};
  ended = false;

  constructor(pid: number, command: readonly string[], env: Readonly<Record<string, string>>, events: ChildEvents) {
    this.pid = pid;
    this.command = command;
    this.env = env;
    this.#events = events;
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.signals.push(name);
    if (name === 'SIGKILL') this.end({ code: null, signal: 'SIGKILL' });
    else this.onSignal(name);
  }

  out(line: string): void {
    this.#events.onStdoutLine?.(line);
  }

  err(line: string): void {
    this.#events.onStderrLine?.(line);
  }

  end(exit: ChildExit): void {
    if (this.ended) return;
    this.ended = true;
    this.#events.onExit(exit);
  }
}

export class FakeProcesses implements Processes {
  readonly pid = 1;
  readonly children: FakeChild[] = [];

  spawn(command: readonly string[], { env = {} }: { readonly env?: Readonly<Record<string, string>> }, events: ChildEvents): FakeChild {
    const child = new FakeChild(4_000 + this.children.length, command, env, events);
    this.children.push(child);
    return child;
  }

  onStopSignal(): void {}

  exit(): void {}

  /** The newest incarnation of a program. */
  newest(program: string): FakeChild {
    const child = this.children.findLast(({ command }) => command[0] === program);
    if (child === undefined) throw new Error(`${program} was never started`);
    return child;
  }
}
