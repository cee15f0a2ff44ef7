/** Brings the processes up, plays the cards, takes everything down again. */
import { join } from 'node:path';
import { createLivePorts, createSecretRegistry } from '@fillwright/runtime';
import { CARDS, type CardResult, playCards } from '@fillwright/venue/cards';
import type { ProcessName } from '../_stack/stack.ts';
import { LiveBench, type Transport, type VenueName } from './live-bench.ts';
import { createStack, type TestnetKeys } from './venue-stack.ts';

export interface CardRun {
  readonly venue: VenueName;
  readonly transport: Transport;
  /** Ids; empty = all. */
  readonly only: readonly string[];
  readonly slow: boolean;
  readonly keys?: TestnetKeys | undefined;
  onResult?(result: CardResult): void;
}

export async function runCards(run: CardRun): Promise<readonly CardResult[]> {
  const { venue, transport, only, slow, keys } = run;
  const stack = await createStack(venue, transport, keys);
  try {
    const ours = ['market-server', 'trading-engine', 'position-server'] as const;
    const names: readonly ProcessName[] = venue === 'simulator' ? ['exchange-simulator', ...ours] : ours;
    await stack.launchReady(...names);
    const ports = createLivePorts({
      ...{ proc: 'cards', dataFolder: join(stack.folder, 'cards'), logFolder: join(stack.folder, 'logs') },
      ...{ logLevel: 'info', screenLevel: 'error', alertOnErrors: false },
      terminal: { interactive: false, columns: 80, rows: 24, write: () => undefined, note: () => undefined },
      secrets: { environment: () => undefined },
      registry: createSecretRegistry(),
    });
    const bench = await LiveBench.open({ venue, transport, stack, ports });
    const cards = CARDS.filter(({ id }) => only.length === 0 || only.includes(id));
    return await playCards(cards, bench, { slow, onResult: (result) => run.onResult?.(result) });
  } finally {
    await stack.dispose();
  }
}
