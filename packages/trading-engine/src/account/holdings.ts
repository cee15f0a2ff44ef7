/**
 * Who built up what: the signed quantity of each owner's fills per instrument. The exchange keeps one position for all; this says which part of
 * it a trader left behind. What the engine closes by itself counts to those whose holdings it closes.
 */
import { type Decimal, decimal, decimalText, type InstrumentId, maxOf, minOf, ZERO } from '@fillwright/domain';
import type { FillView } from '@fillwright/messages';
import { ENGINE_TAGS, reducedTag } from './owner-tags.ts';

export interface Holding {
  readonly tag: string;
  readonly instrument: InstrumentId;
  /** Signed, never zero. */
  readonly qty: string;
}

export class Holdings {
  readonly #byInstrument = new Map<InstrumentId, Map<string, Decimal>>();

  /** A trade of an order of this owner; each once. What is older than the ledger moved no position, and is nobody's. */
  booked(fill: Pick<FillView, 'instrument' | 'side' | 'qty' | 'owner' | 'strategy' | 'beforeLedger'>): void {
    if (fill.beforeLedger) return;
    const qty = decimal(fill.qty);
    const signed = fill.side === 'buy' ? qty : qty.negated();
    if ((ENGINE_TAGS as readonly string[]).includes(fill.owner)) this.#closed(fill.instrument, signed, reducedTag(fill.strategy));
    else this.#add(fill.instrument, fill.owner, signed);
  }

  /** What this owner's fills made, by instrument. */
  of(tag: string): readonly { readonly instrument: InstrumentId; readonly qty: Decimal }[] {
    return [...this.#byInstrument.keys()].sort().flatMap((instrument) => {
      const qty = this.#byInstrument.get(instrument)?.get(tag);
      return qty ? [{ instrument, qty }] : [];
    });
  }

  /** Who holds anything; sorted. */
  tags(): readonly string[] {
    return [...new Set([...this.#byInstrument.values()].flatMap((owners) => [...owners.keys()]))].sort();
  }

  /** By instrument, then by tag. */
  all(): readonly Holding[] {
    return [...this.#byInstrument.keys()].sort().flatMap((instrument) => {
      const owners = [...(this.#byInstrument.get(instrument) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      return owners.map(([tag, qty]) => ({ tag, instrument, qty: decimalText(qty) }));
    });
  }

  restore(holdings: readonly Holding[]): void {
    for (const { tag, instrument, qty } of holdings) this.#add(instrument, tag, decimal(qty));
  }

  /** First from whom it was meant to close, then from the others by tag; what closes nobody's belongs to nobody. */
  #closed(instrument: InstrumentId, signed: Decimal, meant: string | undefined): void {
    const tags = [...(this.#byInstrument.get(instrument)?.keys() ?? [])].sort();
    let rest = signed;
    for (const tag of meant === undefined ? tags : [meant, ...tags]) {
      const held = this.#byInstrument.get(instrument)?.get(tag) ?? ZERO;
      const part = signed.isPositive() ? maxOf(ZERO, minOf(rest, held.negated())) : minOf(ZERO, maxOf(rest, held.negated()));
      if (part.isZero()) continue;
      this.#add(instrument, tag, part);
      rest = rest.minus(part);
    }
  }

  #add(instrument: InstrumentId, tag: string, signed: Decimal): void {
    const owners = this.#byInstrument.get(instrument) ?? new Map<string, Decimal>();
    this.#byInstrument.set(instrument, owners);
    const qty = (owners.get(tag) ?? ZERO).plus(signed);
    if (qty.isZero()) owners.delete(tag);
    else owners.set(tag, qty);
    if (owners.size === 0) this.#byInstrument.delete(instrument);
  }
}
