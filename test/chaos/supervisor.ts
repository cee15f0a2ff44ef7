/**
 * What a supervisor of the system does: a process that ended by itself is started again. Without a full disk its end is a finding. And what an
 * operator does: a process that halted because it lost too many messages in a minute asks for a restart, and gets it.
 */
import { type HealthPage, PROCESS_NAMES, type Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';
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

  /** Once all trouble is over. Whether they came up is for others to see. */
  async restartHalted(withinMs: number): Promise<void> {
    for (const name of PROCESS_NAMES) {
      const isReady = async () => {
        const page = await this.#stack.health(name);
        if (!hasLostTooMuch(page)) return page.ready;
        this.#say(`${name} halted: ${page.reasons.join('; ')}`);
        await this.#havoc.restart(name);
        return false;
      };
      await until(`${name} is ready`, isReady, { withinMs, everyMs: LOOK_MS }).catch((error: unknown) => this.#say(String(error)));
    }
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

/** As the trader and the position-server say it. */
function hasLostTooMuch({ state, reasons }: HealthPage): boolean {
  return state === 'halted' && reasons.some((reason) => /too-many-resyncs|times in a minute/.test(reason));
}
