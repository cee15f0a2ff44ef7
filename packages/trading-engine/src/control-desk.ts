/** What operators ask of the engine. Each request leaves an audit record. */
import type { Order } from '@fillwright/domain';
import type { MessageData, TradingMode } from '@fillwright/messages';
import type { EngineContext } from './context.ts';
import type { ControlResult } from './feeds/engine-feeds.ts';
import type { CommandDesk } from './order/command-desk.ts';
import { EXTERNAL } from './order/report-desk.ts';

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
  onMode: () => void = () => undefined;

  constructor(context: EngineContext, desk: CommandDesk) {
    this.#context = context;
    this.#desk = desk;
  }

  handle(request: ControlRequest): ControlResult {
    const { records, epoch, book } = this.#context;
    const { action, who, why } = request;
    const mode = MODES[action];
    if (mode) {
      records.mode(mode, who, why);
      this.onMode();
      return { text: `mode is ${mode}` };
    }
    const which = ordersMeant(request);
    if ('code' in which) return which;
    records.mode(book.mode, who, `${action}: ${why}`);
    const count = this.#desk.cancelOwned(which.isMeant, `ctl${epoch.toString(36)}-${book.lastPos}`);
    return { text: `${count} orders concerned`, count };
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
