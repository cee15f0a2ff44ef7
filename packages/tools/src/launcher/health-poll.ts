/** Asks each process for `/health/ready` in turn; keeps the newest answer and when it came. */
import type { Clock, HttpClient, Timer } from '@fillwright/runtime';
import type { ProcessName } from './plan.ts';

/** Quick while the desk comes up, easy afterwards. */
const STARTING_MS = 150;
const READY_MS = 500;
const TIMEOUT_MS = 1_000;

export interface HealthAnswer {
  readonly ready: boolean;
  readonly state: string;
  readonly reasons: readonly string[];
  /** Everything in the answer. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly atUs: number;
}

export interface HealthTarget {
  readonly name: ProcessName;
  /** `undefined` as long as it is not known or nothing runs. */
  readonly port: () => number | undefined;
}

export class HealthPoll {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #onAnswer: (name: ProcessName, answer: HealthAnswer) => void;
  readonly #answers = new Map<ProcessName, HealthAnswer>();
  readonly #timers = new Map<ProcessName, Timer>();
  #stopped = false;

  constructor(ports: { readonly http: HttpClient; readonly clock: Clock }, onAnswer: (name: ProcessName, answer: HealthAnswer) => void) {
    this.#http = ports.http;
    this.#clock = ports.clock;
    this.#onAnswer = onAnswer;
  }

  start(targets: readonly HealthTarget[]): void {
    for (const target of targets) void this.#look(target);
  }

  /** Not older than two rounds: else the process is away and nothing is known. */
  fresh(name: ProcessName): HealthAnswer | undefined {
    const answer = this.#answers.get(name);
    return answer !== undefined && this.#clock.monotonicUs() - answer.atUs < 2 * (READY_MS + TIMEOUT_MS) * 1000 ? answer : undefined;
  }

  newest(name: ProcessName): HealthAnswer | undefined {
    return this.#answers.get(name);
  }

  forget(name: ProcessName): void {
    this.#answers.delete(name);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  async #look(target: HealthTarget): Promise<void> {
    const { name } = target;
    const port = target.port();
    const answer = port === undefined ? undefined : await this.#ask(port);
    if (this.#stopped) return;
    if (answer !== undefined) {
      this.#answers.set(name, answer);
      this.#onAnswer(name, answer);
    }
    const delayMs = answer?.ready === true ? READY_MS : STARTING_MS;
    this.#timers.set(
      name,
      this.#clock.after(delayMs, () => void this.#look(target)),
    );
  }

  async #ask(port: number): Promise<HealthAnswer | undefined> {
    const url = `http://127.0.0.1:${port}/health/ready`;
    const result = await this.#http.request({ method: 'GET', url, headers: {}, timeoutMs: TIMEOUT_MS });
    if (result.type === 'failure' || (result.status !== 200 && result.status !== 503)) return undefined;
    const facts = objectIn(result.body);
    const state = typeof facts.state === 'string' ? facts.state : 'starting';
    const reasons = Array.isArray(facts.reasons) ? facts.reasons.map(String) : [];
    return { ready: result.status === 200, state, reasons, facts, atUs: this.#clock.monotonicUs() };
  }
}

/** `{}` for anything but a JSON object. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
