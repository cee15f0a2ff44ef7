/** What goes wrong, drawn by seed: deaths and pauses of processes, broken links, lies of the exchange, a full disk. Everything can be healed. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '@fillwright/simulation';
import type { ProcessName, Stack } from '../_stack/stack.ts';
import { nowMs } from '../_stack/wait.ts';
import type { ChaosLink, LinkState } from './link.ts';

const OURS = ['trading-engine', 'trading-engine', 'position-server', 'market-server', 'trader'] as const satisfies readonly ProcessName[];
const TRANSPORTS = ['rest', 'ws', 'auto'] as const;
const LINK_STATES = ['refusing', 'silent', 'slow'] as const satisfies readonly LinkState[];
const REQUEST_FAULTS = [
  'executed-reply-lost',
  'not-executed-reply-lost',
  'unknown-executed',
  'unknown-not-executed',
  'timeout-executed',
  'bad-gateway-executed',
  'service-unavailable',
  'throttled',
  'late-execution',
  'delay',
  'delay-before',
  'truncated',
] as const;
const EVENT_FAULTS = ['event-drop', 'event-duplicate', 'event-delay'] as const;
/** At least so often the engine dies: that is what this is about. */
const ENGINE_DEATH_EVERY_MS = 40_000;
const FILLER_BLOCK = 1 << 20;
const FULL_DISK = 'full disk';
/** What was given up on a full disk may show later: the engine still cancels, and ends when the disk takes its journal again. */
const DISK_GRACE_MS = 15_000;

export interface Counts {
  kills: number;
  engineKills: number;
  pauses: number;
  cuts: number;
  lies: number;
  fullDisks: number;
}

export class Havoc {
  readonly counts: Counts = { kills: 0, engineKills: 0, pauses: 0, cuts: 0, lies: 0, fullDisks: 0 };
  readonly #stack: Stack;
  readonly #links: readonly ChaosLink[];
  readonly #random: SeededRandom;
  readonly #mayFillDisk: boolean;
  readonly #say: (line: string) => void;
  /** Ends of what goes on, by what it is. */
  readonly #heals = new Map<string, { readonly atMs: number; readonly heal: () => unknown }>();
  /** Processes that are meant to be down; every other death is a finding. */
  readonly down = new Set<ProcessName>();
  #lastEngineDeathMs = nowMs();
  #diskFreeMs = Number.NEGATIVE_INFINITY;

  constructor(init: {
    readonly stack: Stack;
    readonly links: readonly ChaosLink[];
    readonly random: SeededRandom;
    readonly mayFillDisk: boolean;
    readonly say: (line: string) => void;
  }) {
    this.#stack = init.stack;
    this.#links = init.links;
    this.#random = init.random;
    this.#mayFillDisk = init.mayFillDisk;
    this.#say = init.say;
  }

  /** Heals what is due and strikes once; the wait until the next strike. */
  async strike(): Promise<number> {
    await this.#healDue(nowMs());
    const isEngineDue = nowMs() - this.#lastEngineDeathMs > ENGINE_DEATH_EVERY_MS;
    const kind = isEngineDue
      ? 'kill'
      : this.#random.pick(['kill', 'pause', 'cut', 'cut', 'garble', 'link', 'link', 'lie', 'lie', 'lie', 'disk'] as const);
    const name = isEngineDue ? 'trading-engine' : this.#random.pick(OURS);
    const link = this.#random.pick(this.#links);
    const lastsMs = this.#random.between(300, 6_000);
    if (kind === 'kill') await this.#kill(name, this.#random.between(100, 3_000));
    else if (kind === 'pause') this.#pause(name, lastsMs);
    else if (kind === 'cut') this.#cut(link);
    else if (kind === 'garble') this.#garble(link);
    else if (kind === 'link') this.#degrade(link, this.#random.pick(LINK_STATES), lastsMs);
    else if (kind === 'lie') await this.#lie();
    else this.#fillDisk(Math.min(lastsMs, 3_000));
    return this.#random.between(500, 2_500);
  }

  /** A process may end for want of space; with this it is told from one that ended for no reason. */
  get isDiskFull(): boolean {
    return this.#heals.has(FULL_DISK) || nowMs() - this.#diskFreeMs < DISK_GRACE_MS;
  }

  /** Starts again what died by itself; what a supervisor would do. */
  revive(name: ProcessName): void {
    this.#launch(name);
  }

  /** Ends it and starts it again, as an operator would. */
  async restart(name: ProcessName): Promise<void> {
    this.down.add(name);
    await this.#stack.kill(name);
    this.#launch(name);
  }

  async healAll(): Promise<void> {
    await this.#healDue(Number.POSITIVE_INFINITY);
    await this.#stack.venue.healFaults();
  }

  async #healDue(untilMs: number): Promise<void> {
    for (const [what, { atMs, heal }] of [...this.#heals]) {
      if (atMs > untilMs) continue;
      this.#heals.delete(what);
      this.#say(`healed: ${what}`);
      await heal();
    }
  }

  #until(what: string, lastsMs: number, heal: () => unknown): void {
    this.#say(`${what} for ${lastsMs} ms`);
    this.#heals.set(what, { atMs: nowMs() + lastsMs, heal });
  }

  async #kill(name: ProcessName, downMs: number): Promise<void> {
    if (this.down.has(name) || !this.#stack.child(name).alive) return;
    this.counts.kills += 1;
    if (name === 'trading-engine') {
      this.counts.engineKills += 1;
      this.#lastEngineDeathMs = nowMs();
    }
    this.down.add(name);
    await this.#stack.kill(name);
    this.#until(`${name} killed`, downMs, () => this.#launch(name));
  }

  #launch(name: ProcessName): void {
    if (name === 'trading-engine') {
      const ways = { ORDER_TRANSPORT: this.#random.pick(TRANSPORTS), ORDER_BATCH: this.#random.pick(['off', 'auto']) };
      this.#stack.change(name, { ORDER_MANAGEMENT: ways });
    }
    this.#stack.launch(name);
    this.down.delete(name);
  }

  #pause(name: ProcessName, lastsMs: number): void {
    const child = this.#stack.child(name);
    if (!child.alive || this.#heals.has(`${name} stopped`)) return;
    this.counts.pauses += 1;
    child.signal('SIGSTOP');
    this.#until(`${name} stopped`, lastsMs, () => child.signal('SIGCONT'));
  }

  #cut(link: ChaosLink): void {
    this.#countCut(link);
    this.#say(`cut: ${link.name}`);
    link.cut();
  }

  #garble(link: ChaosLink): void {
    this.#countCut(link);
    this.#say(`garbage: ${link.name}`);
    link.garble(this.#random.bytes(this.#random.between(1, 300)));
  }

  #degrade(link: ChaosLink, state: LinkState, lastsMs: number): void {
    if (state === 'refusing') this.#countCut(link);
    link.state = state;
    this.#until(`link ${link.name} is not open`, lastsMs, () => {
      link.state = 'open';
    });
  }

  /** A line that nobody holds has nothing to lose. */
  #countCut(link: ChaosLink): void {
    if (link.isHeld) this.counts.cuts += 1;
  }

  async #lie(): Promise<void> {
    this.counts.lies += 1;
    const count = this.#random.between(1, 3);
    if (this.#random.chance(0.3)) {
      const kind = this.#random.pick(EVENT_FAULTS);
      this.#say(`the exchange: ${kind} × ${count}`);
      await this.#stack.venue.fault({
        kind,
        account: 'demo',
        event: 'ORDER_TRADE_UPDATE',
        count,
        delayMs: kind === 'event-delay' ? 700 : 0,
      });
      return;
    }
    const kind = this.#random.pick(REQUEST_FAULTS);
    const delayMs = kind === 'delay' || kind === 'delay-before' || kind === 'late-execution' ? this.#random.between(200, 4_000) : 0;
    const over = this.#random.chance(0.5) ? { method: 'POST', path: '/fapi/v1/order' } : { method: 'WS', path: 'order.place' };
    this.#say(`the exchange: ${kind} × ${count} on ${over.method} ${over.path}`);
    await this.#stack.venue.fault({ kind, ...over, account: 'demo', count, delayMs });
  }

  /** Only where the data of this run lie on a file system of their own. */
  #fillDisk(lastsMs: number): void {
    if (!this.#mayFillDisk || this.#heals.has(FULL_DISK)) return;
    this.counts.fullDisks += 1;
    const filler = join(this.#stack.folder, 'data', 'filler');
    const block = new Uint8Array(FILLER_BLOCK);
    try {
      for (;;) writeFileSync(filler, block, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
    this.#until(FULL_DISK, lastsMs, () => {
      this.#diskFreeMs = nowMs();
      rmSync(filler, { force: true });
    });
  }
}
