/** The state of an account as one canonical text: two ways to the same journal position must give the same one. */
import { hash } from 'node:crypto';
import { decimalText, type Order } from '@fillwright/domain';
import type { AccountBook } from './account-book.ts';

/** SHA-256 over `bookText`, in hexadecimal. */
export function bookDigest(book: AccountBook): string {
  return hash('sha256', bookText(book), 'hex');
}

/** Orders that live, positions, who built them up, balances and mode, one line each, sorted. How the state was reached leaves no trace. */
export function bookText(book: AccountBook): string {
  const orders = book.liveOrders().map(orderLine).sort();
  const positions = book.positions.all().map(({ instrument, qty, openCost, realisedPnl, fees }) => {
    const paid = [...fees].map(([asset, amount]) => `${asset}=${decimalText(amount)}`).sort();
    return `position ${instrument} ${decimalText(qty)} cost ${decimalText(openCost)} profit ${decimalText(realisedPnl)} fees ${paid.join()}`;
  });
  const balances = book.balances().map(({ asset, wallet }) => `balance ${asset} ${wallet}`);
  const holdings = book.holdings.all().map(({ tag, instrument, qty }) => `holding ${tag} ${instrument} ${qty}`);
  return [`pos ${book.lastPos}`, `mode ${book.mode}`, ...orders, ...positions, ...holdings, ...balances, ''].join('\n');
}

function orderLine(order: Order): string {
  const { clientOrderId, owner, terms, state, phase, filledQty, filledQuote, venueOrderId, algoId } = order;
  const request = order.state === 'closed' || !order.request ? '-' : `${order.request.type}/${order.request.phase}`;
  const at = terms.price ? decimalText(terms.price) : (terms.trigger?.price && decimalText(terms.trigger.price)) || '-';
  return [
    ...['order', clientOrderId, owner, terms.instrument, terms.side, terms.type, terms.timeInForce, decimalText(terms.qty), at],
    ...[state, phase, decimalText(filledQty), decimalText(filledQuote), venueOrderId ?? '-', algoId ?? '-', request],
  ].join(' ');
}
