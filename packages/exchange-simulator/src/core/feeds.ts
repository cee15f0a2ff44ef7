/** Which feed moves a symbol, by its options. */
import type { Clock } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Engine } from '../engine/engine.ts';
import type { Feed, House } from '../flow/feed.ts';
import { Flow } from '../flow/flow.ts';
import type { Market } from '../market/market.ts';
import type { SimulatorOptions } from '../options/options.ts';

/** What feeds reach outside of the venue with. */
export type FeedPorts = Readonly<Record<never, never>>;

export interface FeedInit {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly market: Market;
  readonly house: House<Account>;
  readonly options: SimulatorOptions;
  readonly ports: FeedPorts;
}

/** `undefined` for a quiet symbol. */
export function feedOf({ clock, engine, market, house, options }: FeedInit): Feed | undefined {
  const { flow } = market.spec.options;
  if (flow === 'none') return undefined;
  return new Flow({ clock, engine, market, house, seed: options.seed, regime: flow });
}
