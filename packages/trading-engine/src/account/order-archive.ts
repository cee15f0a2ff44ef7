/** Where closed orders stay for ever once memory lets go of them. */
import type { Order } from '@fillwright/domain';
import type { OrderView } from '@fillwright/messages';

export interface OrderArchive {
  /** Everything that closed up to this journal position is kept for good. */
  readonly pos: number;
  /** An order closed, or was filled late, at `pos`. `names`: all names the venue ever gave it. */
  note(order: OrderView, pos: number, names: readonly string[]): void;
  /** The newest state that was kept. */
  find(clientOrderId: string): Order | undefined;
  /** Client order id behind a name the venue gave, see `venueName`. */
  findName(name: string): string | undefined;
}

export function venueName(instrument: string, venueOrderId: string): string {
  return `${instrument}|${venueOrderId}`;
}

/** What the venue calls an order as it stands. */
export function namesIn(order: Pick<OrderView, 'instrument' | 'venueOrderId' | 'algoId'>): readonly string[] {
  const { instrument, venueOrderId, algoId } = order;
  if (algoId === undefined) return venueOrderId === undefined ? [] : [venueName(instrument, venueOrderId)];
  return venueOrderId === undefined ? [algoName(instrument, algoId)] : [venueName(instrument, venueOrderId), algoName(instrument, algoId)];
}

/** Ids of the Algo service are numbers of their own. */
export function algoName(instrument: string, algoId: string): string {
  return `${instrument}|algo|${algoId}`;
}
