/** `node packages/exchange-simulator/test/soak/main.ts [ORDERS] [SEED]`: the conservation check over a million random orders, one JSON line. */
import { Prng } from '../../src/numbers/prng.ts';
import { type Draw, MarketSoak } from './market-soak.ts';

const [orders = 1_000_000, seed = '1'] = [Number(process.argv[2] ?? 1_000_000), process.argv[3]];
const soak = new MarketSoak();
const prng = new Prng(seed, 'soak');
let fault: string | undefined;
let commands = 0;
while (soak.orders < orders && fault === undefined) {
  soak.run(Array.from({ length: 6 }, () => prng.below(1_000)) as unknown as Draw);
  commands += 1;
  // Money is cheap to sum and looked at each time, books and holdings every so often.
  if (commands % 50 === 0) fault = soak.broken();
}
const { trades, liquidations, deleveragings, exchanges } = soak;
process.stdout.write(
  `${JSON.stringify({ ok: fault === undefined, seed, orders: soak.orders, commands, trades, liquidations, deleveragings, exchanges, ...(fault === undefined ? {} : { error: { code: 'SOAK_BROKEN', message: `after command ${commands}: ${fault}` } }) })}\n`,
);
if (fault !== undefined) process.exitCode = 1;
