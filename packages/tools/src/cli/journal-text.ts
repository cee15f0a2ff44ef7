/** Records of an engine's journal in one line each, for people. */
import type { FillView, OrderEventMessage } from '@fillwright/messages';
import type { JournalRecord } from '@fillwright/trading-engine';

/** `1042 2026-01-01T00:00:00.000001Z order q1… filled → partially-filled 0.5/1 …` */
export function recordLine(pos: number, record: JournalRecord): string {
  return `${pos} ${timeText(record.ts)} ${record.k} ${whatText(record)}`;
}

function whatText(record: JournalRecord): string {
  switch (record.k) {
    case 'boot':
      return `epoch ${record.epoch}`;
    case 'owner':
      return `tag ${record.tag} belongs to ${record.src}`;
    case 'order':
      return orderText(record.change);
    case 'stray-fill':
      return `${record.fill.owner} ${fillText(record.fill)}`;
    case 'balance':
      return `${record.balance.asset} ${record.balance.wallet} (${record.balance.cause})`;
    case 'venue-position':
      return `${record.position.instrument} ${record.position.qty} @ ${record.position.entryPrice}`;
    case 'mode':
      return `${record.mode} by ${record.who}: ${record.why}`;
    case 'settlement': {
      const { clientOrderId, outcome, filledQty = '0', who, why, believed, ageMs } = record;
      return `${clientOrderId} ${outcome}, ${filledQty} filled, by ${who}: ${why} (${believed.phase} for ${ageMs} ms)`;
    }
    case 'recovery': {
      const { complete, applied, dropped, asked } = record.summary;
      return `${complete ? 'complete' : 'incomplete'}: asked ${asked.length}, applied ${applied}, dropped ${dropped}`;
    }
  }
}

function orderText({ change, order, fill, commandId, reason }: OrderEventMessage): string {
  const price = order.price ?? order.trigger?.price ?? order.type;
  const parts = [
    `${order.clientOrderId} ${change} → ${order.phase} ${order.filledQty}/${order.qty}`,
    `${order.instrument} ${order.side} ${order.qty} @ ${price}`,
    ...(fill ? [fillText(fill)] : []),
    ...(reason ? [`${reason.code}: ${reason.text}`] : []),
    ...(commandId === undefined ? [] : [`command ${commandId}`]),
  ];
  return parts.join(', ');
}

function fillText({ tradeId, side, qty, price, instrument, fee, feeAsset }: FillView): string {
  return `trade ${tradeId} ${instrument} ${side} ${qty} @ ${price} fee ${fee} ${feeAsset}`;
}

/** With microseconds. */
function timeText(ts: number): string {
  const seconds = new Date(Math.floor(ts / 1_000_000) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(ts % 1_000_000).padStart(6, '0')}Z`;
}
