/** A run told for a reader: what was journaled, asked of the venue and done by it, what processes complained about, and what struck. */
import { type Evidence, evidenceOf } from '../checkers/evidence.ts';
import type { TraceNote } from '../kernel/trace.ts';

/** Empty for what a reader can do without: market data, heartbeats, publications (the journal says the same). */
export function storyOf(note: TraceNote): readonly string[] {
  const { us, who, what, detail } = note;
  const line = (text: string): string => `${(us / 1_000_000).toFixed(6).padStart(11)} ${who.padEnd(18)} ${text}`;
  if (who === 'faults') return [line(`*** ${what}: ${String(detail)}`)];
  if (what.startsWith('log.')) return [line(`${what} ${String(detail)}`)];
  if (what === 'disk.refused') return [line(`the disk refuses ${String(detail)}`)];
  return evidenceOf(note).flatMap((evidence) => {
    const text = told(evidence);
    return text === undefined ? [] : [line(text)];
  });
}

function told(evidence: Evidence): string | undefined {
  switch (evidence.type) {
    case 'killed':
      return 'dies';
    case 'requested':
      return `asks ${evidence.method} ${evidence.path} ${orderOf(evidence.params)}`;
    case 'venue':
      return `venue: ${JSON.stringify(evidence.line)}`;
    case 'intended':
      return `writes down ${JSON.stringify(evidence.record)}`;
    case 'journaled':
      return journaled(evidence);
    default:
      return undefined;
  }
}

function journaled({ pos, record }: Extract<Evidence, { type: 'journaled' }>): string {
  const { k, change, fill, balance } = record;
  if (change === undefined) return `journals ${pos} ${k} ${JSON.stringify(fill ?? balance ?? record)}`;
  const { clientOrderId, phase, filledQty, qty, request } = change.order;
  const asked = request === undefined ? '' : `, ${request.type} ${request.commandId} ${request.phase}`;
  const trade = change.fill === undefined ? '' : `, trade ${change.fill.tradeId} of ${change.fill.qty}`;
  return `journals ${pos} ${change.change}: ${clientOrderId} is ${phase}, ${filledQty} of ${qty} filled${asked}${trade}`;
}

const TOLD_PARAMS = [
  'symbol',
  'side',
  'quantity',
  'price',
  'newClientOrderId',
  'origClientOrderId',
  'orderId',
  'clientAlgoId',
  'startTime',
  'fromId',
];

function orderOf(params: ReadonlyMap<string, string>): string {
  return TOLD_PARAMS.flatMap((name) => (params.has(name) ? [`${name}=${params.get(name)}`] : [])).join(' ');
}
