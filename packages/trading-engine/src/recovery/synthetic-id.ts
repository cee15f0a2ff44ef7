/** Ids of what reconciliation makes: a pure function of the purpose, so that doing it again makes the same thing, which is known by then. */
import { createHash } from 'node:crypto';
import { parseTradeId, type TradeId } from '@fillwright/domain';

export function syntheticTradeId(purpose: string): TradeId {
  return parseTradeId(`SYN-${createHash('sha256').update(purpose).digest('hex').slice(0, 24)}`);
}
