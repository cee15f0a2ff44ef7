/** Holds what classes tell of their private fields against their sources: a field that somebody adds must not fall out of dumps. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Private fields that are wiring, follow from the options, or are empty between two commands. */
const NOT_STATE: Readonly<Record<string, readonly string[]>> = {
  'account/account.ts Account': ['prices', 'latest'],
  'account/holding.ts Holding': [],
  'algo/algo-desk.ts AlgoDesk': ['clock', 'engine', 'listeners', 'watching', 'moved'],
  'clock/venue-clock.ts VenueClock': ['source', 'halted', 'restored'],
  'engine/auto-exchange.ts AutoExchange': ['engine', 'desk'],
  'engine/countdowns.ts Countdowns': ['clock', 'engine'],
  'engine/deleveraging.ts Deleveraging': ['engine', 'fund'],
  'engine/engine.ts Engine': ['clock', 'listeners', 'markets', 'accounts', 'rules'],
  'engine/funding.ts Funding': ['clock', 'engine'],
  'engine/liquidation.ts Liquidation': ['engine', 'fund', 'listeners', 'running'],
  'engine/settlement.ts Settlement': ['listeners', 'expire', 'trades', 'traders'],
  'core/maintenance.ts Maintenance': ['clock', 'sockets'],
  'fault/fault-desk.ts FaultDesk': ['prng'],
  'fault/storm.ts Storm': ['clock', 'prng', 'venue'],
  'flow/flow.ts Flow': ['clock', 'engine', 'market', 'maker', 'taker', 'everyMs', 'typicalLots', 'homeTicks'],
  'http/rate-limits.ts RateLimits': ['latestIp', 'latest'],
  'market/margin-assets.ts MarginAssets': ['assets', 'market'],
  'market/market.ts Market': ['openingPrice', 'depthListeners', 'published'],
  'market/market.ts UpdateIds': [],
  'market/price-candles.ts PriceCandles': [],
  'market/trade-tape.ts TradeTape': [],
  'numbers/prng.ts Prng': [],
  'stream/listen-keys.ts ListenKeys': ['clock', 'prng', 'lifeMs', 'byKey', 'stopped'],
  // Streams end with their connections.
  'stream/market-streams.ts MarketStreams': ['clock', 'engine', 'hub', 'running', 'forced', 'bySymbol'],
};

function sourceOf(path: string, name: string): string {
  const text = readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');
  const from = text.search(new RegExp(`^(?:export )?class ${name}\\b`, 'm'));
  return text.slice(from, text.indexOf('\n}\n', from));
}

describe('what dumps keep', () => {
  it.each(Object.entries(NOT_STATE))('is every private field of %s but wiring', (place, notState) => {
    const [path = '', name = ''] = place.split(' ');
    const source = sourceOf(path, name);
    const fields = [...source.matchAll(/^ {2}(?:readonly )?#(\w+)(?:[:;]| =)/gm)].map(([, field]) => field as string);
    const body = /hiddenState\(\) \{([\s\S]*?)\n {2}\}/.exec(source)?.[1] ?? '';
    const kept = [...body.matchAll(/this\.#(\w+)/g)].map(([, field]) => field as string);
    const restored = /restoreHidden\(([\s\S]*)$/.exec(source)?.[1] ?? '';

    expect([...kept, ...notState].sort()).toEqual([...fields].sort());
    for (const field of kept) expect(restored).toMatch(new RegExp(`\\b${field}\\b`));
  });
});
