/** Process: a venue whose best bid changes so many times a second, evenly, when it is told how many times. The argument is the rate. */
import { openVenue } from './_venue.ts';

const perSecond = Number(process.argv[2]);
const venue = await openVenue();
const market = venue.engine.market('SOLUSDT');
const house = venue.engine.account('external');
if (market === undefined || house === undefined) throw new Error('the demo has no SOLUSDT');
const terms = { account: house, market, sign: 1, type: 'LIMIT', tif: 'GTC', lots: 100, ticks: 17_500, reduceOnly: false } as const;
let made = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', (changes: number) => {
  const fromNs = process.hrtime.bigint();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(changes, Math.floor((Number(process.hrtime.bigint() - fromNs) / 1e9) * perSecond));
    for (; sent < due; sent += 1) {
      made += 1;
      // Each makes the best bid larger, so that each is a frame.
      venue.engine.place({ ...terms, clientId: `tick-${made}`, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 });
    }
    if (sent === changes) clearInterval(timer);
  }, 1);
});
process.send?.(`${venue.info.futures.ws}/public/ws/solusdt@bookTicker`);
