/** Brings the processes up, plays the cards, takes everything down again. */
import { join } from 'node:path';
import { createLivePorts, createSecretRegistry } from '@fillwright/runtime';
import { CARDS, type Card, type CardResult, playCards } from '@fillwright/venue/cards';
import type { ProcessName } from '../_stack/stack.ts';
import { LiveBench, type Transport, type VenueName } from './live-bench.ts';
import { createStack, type TestnetKeys } from './venue-stack.ts';
import { WRONGS } from './wrongs.ts';

export interface CardRun {
  readonly venue: VenueName;
  readonly transport: Transport;
  /** Ids; empty = all. */
  readonly only: readonly string[];
  readonly slow: boolean;
  readonly keys?: TestnetKeys | undefined;
  onResult?(result: CardResult): void;
}

export function runCards(run: CardRun): Promise<readonly CardResult[]> {
  return onBench(run, (bench) => playCards(chosen(run), bench, { slow: run.slow, onResult: (result) => run.onResult?.(result) }));
}

/** On a machine that is busy with other things. */
const READY_MS = 90_000;

/** What a lie makes a card wait for in vain is given up after this, and several times what the honest card took; long cards keep their deadlines. */
const IMPATIENT_MS = 2_000;
const IMPATIENT_TIMES = 5;
const QUICK_MS = 2_000;

export interface Proof {
  readonly id: string;
  /** The first lie on which the card fails; absent: on none. */
  readonly wrong: string | undefined;
  readonly reason: string;
}

/** Plays each card that applies on benches that lie, one lie after the other, until it fails. */
export function proveCards(run: CardRun): Promise<readonly Proof[]> {
  return onBench(run, async (bench) => {
    const honest = await playCards(chosen(run), bench, { slow: false });
    const proofs = new Map<string, Proof>();
    let left = honest.flatMap((result) => (result.result === 'passed' ? [result] : []));
    for (const [wrong, lie] of Object.entries(WRONGS)) {
      for (const { id, elapsedMs } of left) {
        const patient = elapsedMs < QUICK_MS ? impatient(bench, Math.max(IMPATIENT_MS, IMPATIENT_TIMES * elapsedMs)) : bench;
        const cards = CARDS.filter((card) => card.id === id);
        const [result] = await playCards(cards, lie(patient), { slow: false });
        if (result?.result !== 'failed') continue;
        proofs.set(id, { id, wrong, reason: result.reason });
        run.onResult?.(result);
      }
      left = left.filter(({ id }) => !proofs.has(id));
    }
    return honest.flatMap(({ id, result }) => (result === 'skipped' ? [] : [proofs.get(id) ?? { id, wrong: undefined, reason: '' }]));
  });
}

function impatient(bench: LiveBench, withinMs: number): LiveBench {
  const until: LiveBench['until'] = (what, look) => bench.until(what, look, withinMs);
  return new Proxy(bench, {
    get: (target, key) => {
      if (key === 'until') return until;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function chosen({ only }: CardRun): readonly Card[] {
  return CARDS.filter(({ id }) => only.length === 0 || only.includes(id));
}

async function onBench<T>({ venue, transport, keys }: CardRun, use: (bench: LiveBench) => Promise<T>): Promise<T> {
  const stack = await createStack(venue, transport, keys);
  try {
    const ours = ['market-server', 'trading-engine', 'position-server'] as const;
    const names: readonly ProcessName[] = venue === 'simulator' ? ['exchange-simulator', ...ours] : ours;
    for (const name of names) stack.launch(name);
    await stack.allReady(READY_MS);
    const ports = createLivePorts({
      ...{ proc: 'cards', dataFolder: join(stack.folder, 'cards'), logFolder: join(stack.folder, 'logs') },
      ...{ logLevel: 'info', screenLevel: 'error', alertOnErrors: false },
      terminal: { interactive: false, columns: 80, rows: 24, write: () => undefined, note: () => undefined },
      secrets: { environment: () => undefined },
      registry: createSecretRegistry(),
    });
    return await use(await LiveBench.open({ venue, transport, stack, ports }));
  } finally {
    await stack.dispose();
  }
}
