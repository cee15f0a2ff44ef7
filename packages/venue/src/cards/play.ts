/** Plays cards one after the other and says what came of each. What a card leaves behind, or leaves untrue, is a failure of that card. */
import type { CardBench } from './bench.ts';
import type { Card, CardResult, Playable } from './card.ts';

export interface PlayOptions {
  /** Plays also what takes minutes. */
  readonly slow: boolean;
  onResult?(result: CardResult): void;
}

export async function playCards(cards: readonly Card[], bench: CardBench, options: PlayOptions): Promise<readonly CardResult[]> {
  const results: CardResult[] = [];
  for (const card of cards) {
    const reason = skipReason(card, bench, options);
    const result: CardResult =
      reason === undefined ? await playOne(card as Playable, bench) : { id: card.id, title: card.title, result: 'skipped', reason };
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}

function skipReason(card: Card, { trouble, venue, transport, takesBatches }: CardBench, { slow }: PlayOptions): string | undefined {
  if ('skipped' in card) return card.skipped;
  if (card.needs === 'batches' && !takesBatches) return `there are no batches over ${transport}`;
  if (card.needs !== undefined && trouble === undefined) return `${venue} does no wrong when told to`;
  return card.slow !== undefined && !slow ? `${card.slow}; --slow plays it` : undefined;
}

async function playOne({ id, title, play }: Playable, bench: CardBench): Promise<CardResult> {
  const startedUs = bench.nowUs();
  const faults: string[] = [];
  for (const [when, step] of [
    ['before it', () => bench.tidy()],
    ['', () => play(bench)],
    ['left behind', () => bench.tidy()],
  ] as const) {
    try {
      for (const fault of (await step()) ?? []) faults.push(`${when}: ${fault}`);
    } catch (error) {
      faults.push(`${when === '' ? '' : `${when}: `}${error instanceof Error ? error.message : String(error)}`);
    }
    if (faults.length > 0 && when === 'before it') break;
  }
  const elapsedMs = Math.round((bench.nowUs() - startedUs) / 1_000);
  if (faults.length === 0) return { id, title, result: 'passed', elapsedMs };
  return { id, title, result: 'failed', elapsedMs, reason: faults.join('; ') };
}
