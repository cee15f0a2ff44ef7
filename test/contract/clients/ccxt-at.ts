/** ccxt with its addresses moved to the venue. */
import ccxt from 'ccxt';
import type { Loose } from './client-under-test.ts';
import type { Credentials, DeskVenue } from './desk-venue.ts';

/** Every address of the exchange, moved to the venue; `ws.future` must end in exactly `/ws`. */
export async function ccxtAt(venue: DeskVenue, { key, secret }: Credentials): Promise<Loose> {
  const exchange: Loose = new (ccxt as Loose).pro.binanceusdm({ apiKey: key, secret, enableRateLimit: false });
  const { api } = exchange.urls;
  for (const [name, url] of Object.entries(api)) {
    if (typeof url === 'string') api[name] = url.replace(/^https:\/\/[^/]+/, venue.rest);
  }
  // It loads positions unasked beside the first private stream, and nobody hears when that stream is refused before they have come.
  exchange.options.watchPositions.fetchPositionsSnapshot = false;
  api.ws.future = `${venue.ws}/ws`;
  api.ws['ws-api'].future = `${venue.ws}/ws-fapi/v1`;
  await exchange.loadHttpProxyAgent(); // without it `ws://` addresses are refused
  return exchange;
}
