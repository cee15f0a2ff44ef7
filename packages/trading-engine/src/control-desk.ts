/** What operators ask of the engine. Each request leaves an audit record. */
import type { Order } from '@fillwright/domain';
import type { MessageData, TradingMode } from '@fillwright/messages';
import type { EngineContext } from './context.ts';
import type { ControlResult } from './feeds/engine-feeds.ts';
import type { CommandDesk } from './order/command-desk.ts';
import type { FlattenDesk } from './order/flatten-desk.ts';
import { EXTERNAL } from './order/report-desk.ts';
import type { HaltMarker } from './risk/halt-marker.ts';

export type ControlRequest = MessageData<'service.control'>;

const MODES: Readonly<Record<string, TradingMode>> = {
  pause: 'paused',
  resume: 'normal',
  'reduce-only': 'reduce-only',
  halt: 'halted',
};

export class ControlDesk {
  readonly #context: EngineContext;
  readonly #desk: CommandDesk;
  readonly #flatten: FlattenDesk;
  readonly #marker: HaltMarker;
  onMode: () => void = () => undefined;

  constructor(context: EngineContext, parts: { desk: CommandDesk; flatten: FlattenDesk; marker: HaltMarker }) {
    this.#context = context;
    this.#desk = parts.desk;
    this.#flatten = parts.flatten;
    this.#marker = parts.marker;
  }

  handle(request: ControlRequest): ControlResult {
    const { records, epoch, book } = this.#context;
    const { action, who, why } = request;
    const mode = MODES[action];
    if (mode) {
      // Its word goes for the marker too; one that cannot be removed would halt again at once.
      if (mode !== 'halted' && !this.#marker.clear())
        return {
          code: 'ENG_HALT_MARKER_STAYS',
          text: 'the halt marker in the data folder cannot be removed: remove it by hand, then ask again',
        };
      records.mode(mode, who, why);
      this.onMode();
      return { text: `mode is ${mode}` };
    }
    if (action === 'flatten') return this.#flattenNow(who, why);
    const which = ordersMeant(request);
    if ('code' in which) return which;
    records.mode(book.mode, who, `${action}: ${why}`);
    const count = this.#desk.cancelOwned(which.isMeant, `ctl${epoch.toString(36)}-${book.lastPos}`);
    return { text: `${count} orders concerned`, count };
  }

  /** Whoever put the marker there has halted the engine; it stays halted when the file goes. */
  latchMarker(): void {
    const { book, records } = this.#context;
    if (book.mode === 'halted' || !this.#marker.isSet) return;
    records.mode('halted', 'halt marker', this.#marker.text || 'a file named HALT in the data folder');
    this.onMode();
  }

  #flattenNow(who: string, why: string): ControlResult {
    const { records, book } = this.#context;
    records.mode(book.mode, who, `flatten: ${why}`);
    const { orders, denials } = this.#flatten.begin();
    if (denials.length > 0) {
      const text = `${orders} orders sent; not sent: ${denials.join(', ')}`.slice(0, 500);
      return orders === 0 ? { code: 'ENG_FLATTEN_DENIED', text } : { text, count: orders };
    }
    return { text: orders === 0 ? 'nothing is held' : `${orders} reduce-only orders sent`, count: orders };
  }
}

/** Orders that others made are nobody's to cancel here. */
export function ordersMeant(
  request: ControlRequest,
): { readonly isMeant: (order: Order) => boolean } | { readonly code: string; readonly text: string } {
  const { action, owner } = request;
  if (action === 'cancel-all') return { isMeant: (order) => order.owner !== EXTERNAL };
  if (action !== 'cancel-mine') return { code: 'ENG_ACTION_UNKNOWN', text: `${action} is not available in this release` };
  if (owner === undefined) return { code: 'ENG_OWNER_MISSING', text: 'cancel-mine needs the owner tag' };
  return { isMeant: (order) => order.owner === owner };
}
