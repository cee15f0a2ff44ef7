/** What a conformance card is: something every adapter, with the engine on it, must do, or the reason why a venue has no such thing. */
import type { CardBench } from './bench.ts';

/** A card that can be played. It leaves nothing to tidy: the player clears the account after each one and calls what stays a fault. */
export interface Playable {
  readonly id: string;
  readonly title: string;
  /** Set: only a venue whose faults and other side we control can play it; `batches`: and one that takes several orders in one request. */
  readonly needs?: 'trouble' | 'batches';
  /** Set: why it takes minutes; such a card is played only when asked for. */
  readonly slow?: string;
  play(bench: CardBench): Promise<void>;
}

/** A card that says nothing about this venue, or about us; with the reason. */
export interface Inapplicable {
  readonly id: string;
  readonly title: string;
  readonly skipped: string;
}

export type Card = Playable | Inapplicable;

export type CardResult =
  | { readonly id: string; readonly title: string; readonly result: 'passed'; readonly elapsedMs: number }
  | { readonly id: string; readonly title: string; readonly result: 'failed'; readonly elapsedMs: number; readonly reason: string }
  | { readonly id: string; readonly title: string; readonly result: 'skipped'; readonly reason: string };

export function card(id: string, title: string, play: Playable['play']): Playable {
  return { id, title, play };
}

/** Needs a venue that does wrong when told to. */
export function troubleCard(id: string, title: string, play: Playable['play']): Playable {
  return { id, title, needs: 'trouble', play };
}

export function skipped(ids: readonly string[], title: string, reason: string): readonly Inapplicable[] {
  return ids.map((id) => ({ id, title, skipped: reason }));
}
