/** What a supervisor of the system does: a process that ended by itself is started again. Without a full disk its end is a finding. */
import { PROCESS_NAMES, type Stack } from '../_stack/stack.ts';
import type { Havoc } from './havoc.ts';

const LOOK_MS = 500;

export class Supervisor {
  readonly findings: string[] = [];
  readonly #stack: Stack;
  readonly #havoc: Havoc;
  readonly #say: (line: string) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(stack: Stack, havoc: Havoc, say: (line: string) => void) {
    this.#stack = stack;
    this.#havoc = havoc;
    this.#say = say;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const name of PROCESS_NAMES) {
      const child = this.#stack.child(name);
      if (child.ended === undefined || this.#havoc.down.has(name)) continue;
      const end = `${name} ended by itself with ${JSON.stringify(child.ended)}`;
      this.#say(`${end}\n${child.tail()}\n${this.#stack.logTail(name)}`);
      if (!this.#havoc.isDiskFull) this.findings.push(end);
      this.#havoc.revive(name);
    }
  }
}
