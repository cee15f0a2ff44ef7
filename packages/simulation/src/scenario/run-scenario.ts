/**
 * One run of the whole desk from one seed: everything up, trade, compare at rest, trade on, compare again, stop in order, drain. What was
 * promised and not kept is in the report; nothing but a broken simulation throws.
 */
import { failureOf, type Ports, type Service, type StopReport } from '@fillwright/runtime';
import type { Counts } from '../checkers/tally.ts';
import type { Violation } from '../checkers/violation.ts';
import { Witness } from '../checkers/witness.ts';
import type { FaultEvent } from '../faults/fault-event.ts';
import { type FaultKindName, settlesQuickly } from '../faults/kinds.ts';
import { type FaultCounts, Saboteur } from '../faults/saboteur.ts';
import type { TraceNote, TraceSink } from '../kernel/trace.ts';
import { World } from '../kernel/world.ts';
import { simulatedDisk } from '../ports/disk.ts';
import type { Audit, Auditor } from './auditor.ts';
import { Desk } from './desk.ts';
import type { DeskPlan } from './desk-plan.ts';
import { journalDifferences } from './journal-proof.ts';

const SECOND_US = 1_000_000;
/** From a cold start, or from the last crash, until all are ready. */
const READY_WITHIN_US = 30 * SECOND_US;
/**
 * From the pause until all books agree. What a crash left unknown is settled at the second "not found" beyond the 15 s in which the venue
 * may still execute it; the engine asks 28.5 s after its start.
 */
const AGREE_WITHIN_MS = 45_000;
/** The same after faults: a ban lasts two minutes, a half-open socket is seen after a minute, balances are compared once a minute. */
const HEALED_READY_WITHIN_US = 240 * SECOND_US;
const HEALED_AGREE_WITHIN_MS = 180_000;
/** When nothing was lost: much earlier than the regular comparisons would find out. */
const QUICKLY_AGREE_WITHIN_MS = 12_000;
/** What a trader asked and was not answered: it asks again every 10 s at least. */
const ANSWERED_WITHIN_US = 30 * SECOND_US;
/** How often the desk is asked whether it is ready. */
const LOOK_EVERY_US = 50_000;
/** Longer waits are waits for nothing but time. */
const SOON_READY_US = 15 * SECOND_US;
/** Beyond its own bound, what an audit may take to end. */
const AUDIT_SLACK_US = 30 * SECOND_US;
/** Stopping one process. */
const STOP_WITHIN_US = 15 * SECOND_US;
/** The longest window of a limit, and the doubt about the venue's clock. */
const NEXT_WINDOW_US = 65 * SECOND_US;
/** After everything was stopped nothing may be left to happen. */
const DRAIN_US = 120 * SECOND_US;

const NO_FAULTS: FaultCounts = { crashes: 0, duplicatesInjected: 0, faults: {} };

export interface ScenarioOptions {
  readonly plan: DeskPlan;
  readonly seed: number;
  /** Virtual seconds of trading, in two halves with a comparison between them. */
  readonly seconds: number;
  readonly traceSink?: TraceSink;
  /** Where faults come in: called at the beginning of each half of the trading, with the virtual time at which it ends. */
  readonly disturb?: (desk: Desk, endUs: number) => void;
  /** What strikes during the trading; all of it heals at the end of each half. */
  readonly faults?: readonly FaultEvent<FaultKindName>[];
  /** Ports that do wrong, for proving that the checks see it. */
  readonly wrongs?: (process: string, ports: Ports) => Ports;
  /** Sees every note, as the witness does. */
  readonly onNote?: (note: TraceNote) => void;
}

export interface ScenarioReport extends Counts, FaultCounts {
  readonly seed: number;
  readonly events: number;
  readonly virtualUs: number;
  /** The first ones; `violated` counts all. */
  readonly violations: readonly Violation[];
  readonly violated: number;
  readonly digest: string;
}

export async function runScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  return new Scenario(options).run();
}

class Scenario {
  readonly #options: ScenarioOptions;
  readonly #world: World;
  readonly #witness: Witness;
  readonly #desk: Desk;
  readonly #saboteur: Saboteur | undefined;
  #stoppedUs: number | undefined;

  constructor(options: ScenarioOptions) {
    const { plan, seed, traceSink, wrongs, onNote } = options;
    this.#options = options;
    this.#world = new World({ seed, ...(traceSink && { traceSink }) });
    const wallet = plan.simulator.accounts.find(({ name }) => name === plan.venueAccount)?.balanceUsdt;
    const limit = plan.engine.RISK_MANAGEMENT.MAX_POSITION_PER_SYMBOL;
    this.#witness = new Witness({
      engine: 'trading-engine',
      exchange: plan.positions.exchange,
      venueAccount: plan.venueAccount,
      ...(wallet !== undefined && { startWallet: wallet }),
      isSynced: plan.engine.JOURNAL.JOURNAL_SYNC === 'full',
      ...(!limit.isZero() && { maxPosition: limit.toFixed() }),
    });
    this.#world.kernel.trace.onNote = (note) => {
      this.#witness.take(note);
      onNote?.(note);
    };
    this.#desk = new Desk(this.#world, {
      plan,
      wrongs,
      onBroken: (process, error) => this.#gaveUp(process, error),
    });
    this.#saboteur = options.faults && new Saboteur(this.#desk, options.faults, (id) => this.#witness.truthOf(id));
  }

  async run(): Promise<ScenarioReport> {
    try {
      await this.#trade();
      await this.#stop();
    } catch (error) {
      // A run that cannot go on is the finding; what the checks saw until then stands beside it.
      const { code, message } = failureOf(error);
      this.#violated('run', `${code}: ${message}`);
    }
    const { kernel } = this.#world;
    const { violations, violated, counts } = this.#witness;
    return {
      seed: this.#options.seed,
      events: kernel.executed,
      ...counts,
      ...(this.#saboteur?.counts ?? NO_FAULTS),
      virtualUs: this.#stoppedUs ?? kernel.nowUs,
      violations,
      violated,
      digest: kernel.trace.digest(),
    };
  }

  async #trade(): Promise<void> {
    await this.#ready();
    await this.#half(0, 'mid-run');
    await this.#desk.inside(this.#desk.auditor, 'resume', (auditor) => auditor.resume());
    await this.#half(1, 'at the end');
  }

  async #half(half: 0 | 1, end: string): Promise<void> {
    const endUs = this.#world.kernel.nowUs + Math.round((this.#options.seconds * SECOND_US) / 2);
    this.#options.disturb?.(this.#desk, endUs);
    this.#saboteur?.begin(half, endUs);
    await this.#world.run({ untilUs: endUs });
    await this.#ready();
    await this.#audit(end);
  }

  async #ready(): Promise<void> {
    const desk = this.#desk;
    const withinUs = this.#saboteur ? HEALED_READY_WITHIN_US : READY_WITHIN_US;
    const isReady = (): boolean => desk.unready().length === 0;
    // A long wait (a ban lasts minutes) needs no market that moves: nobody trades in it.
    const soonUs = Math.min(withinUs, SOON_READY_US);
    if (await this.#comesTrue(isReady, soonUs)) return;
    await desk.inside(desk.auditor, 'calm', (auditor) => auditor.calm());
    if (!(await this.#comesTrue(isReady, withinUs - soonUs)))
      this.#violated('ready', `not ready after ${withinUs} µs: ${desk.unready().join(' · ')}`);
  }

  async #audit(when: string): Promise<void> {
    const { auditor } = this.#desk;
    await this.#desk.inside(auditor, `pause ${when}`, (service) => service.pause());
    await this.#answered();
    const withinMs = this.#agreeWithinMs;
    const audit = (service: Auditor): Promise<Audit> => service.audit(withinMs);
    const { differences } = await this.#desk.inside(auditor, `audit ${when}`, audit, withinMs * 1000 + AUDIT_SLACK_US);
    for (const difference of differences) this.#violated('agreement', `${when}: ${difference}`);
  }

  get #agreeWithinMs(): number {
    const { faults } = this.#options;
    if (faults === undefined) return AGREE_WITHIN_MS;
    return faults.every(({ kind }) => settlesQuickly(kind)) ? QUICKLY_AGREE_WITHIN_MS : HEALED_AGREE_WITHIN_MS;
  }

  /** Until every trader knows what became of what it asked. */
  async #answered(): Promise<void> {
    if (this.#saboteur === undefined) return;
    const waiting = (): readonly string[] =>
      this.#desk.traders.filter((trader) => trader.service?.health().facts?.unanswered !== 0).map(({ name }) => name);
    if (!(await this.#comesTrue(() => waiting().length === 0, ANSWERED_WITHIN_US)))
      this.#violated('answered', `still without an answer after ${ANSWERED_WITHIN_US} µs: ${waiting().join()}`);
  }

  /** Looks again and again at what costs too much to be asked after every event. */
  async #comesTrue(condition: () => boolean, withinUs: number): Promise<boolean> {
    const endUs = this.#world.kernel.nowUs + withinUs;
    while (!condition()) {
      if (this.#world.kernel.nowUs >= endUs) return false;
      await this.#world.run({ untilUs: Math.min(endUs, this.#world.kernel.nowUs + LOOK_EVERY_US) });
    }
    return true;
  }

  async #stop(): Promise<void> {
    const desk = this.#desk;
    this.#saboteur?.end();
    // A stop in a ban, or before an old intent was asked about, leaves things behind, and says so.
    await this.#world.run({ untilUs: Math.max(this.#world.kernel.nowUs, this.#saboteur?.quietUntilUs ?? 0) });
    // A silence may have been noticed meanwhile: the recovery comes first, and may wait for the request weight of the next minute.
    await this.#ready();
    // Many restarts may have used up the weight of this one: the cancels of a stop would wait for the next.
    await this.#comesTrue(() => desk.hasRoomToAsk(), NEXT_WINDOW_US);
    for (const process of desk.services) {
      const stop = (service: Service): Promise<StopReport> => service.stop('the run is over');
      const report = await desk.inside(process, `stop ${process.name}`, stop, STOP_WITHIN_US);
      for (const left of report.left) this.#violated('stop', `${process.name} left ${left}`);
    }
    await desk.inside(desk.auditor, 'close auditor', (auditor) => auditor.close());
    await desk.inside(desk.auditor, 'replay the journal', async () => this.#replay());
    await desk.inside(desk.exchange, 'stop exchange', (exchange) => exchange.stop(), STOP_WITHIN_US);
    this.#stoppedUs = this.#world.kernel.nowUs;
    this.#witness.end(this.#stoppedUs);
    await this.#world.run({ untilUs: this.#stoppedUs + DRAIN_US });
    const open = this.#world.kernel.describePending();
    if (open.length > 0) this.#violated('drain', `stopped processes still wait: ${open.slice(0, 5).join('; ')}`);
  }

  #replay(): void {
    const { engine, auditor, world } = this.#desk;
    const disk = simulatedDisk(auditor.incarnation, engine.machine.disk(engine.dataDirectory));
    for (const difference of journalDifferences(disk, world.kernel.random('journal proof'))) this.#violated('journal', difference);
  }

  #gaveUp(process: string, error: unknown): void {
    if (this.#saboteur?.forgives(process)) return;
    this.#violated('process', `${process} gave up: ${failureOf(error).code}: ${failureOf(error).message}`);
  }

  #violated(check: string, text: string): void {
    this.#witness.report({ check, us: this.#world.kernel.nowUs, text });
  }
}
