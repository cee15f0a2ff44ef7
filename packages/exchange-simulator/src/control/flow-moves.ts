/** Control command about what moves the books: on, off, and the regime of synthetic flow. */
import type { Feed } from '../flow/feed.ts';
import { Flow } from '../flow/flow.ts';
import { isRegime, REGIME_NAMES } from '../flow/regimes.ts';
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { ControlCall } from './control-api.ts';

/** `state` (on, off) or `regime` or both, optional `symbol`. A regime begins anew, also when it is the running one. */
export function steerFlow({ venue, params }: ControlCall): JsonValue {
  const symbol = params.text('symbol');
  const state = params.oneOf('state', ['on', 'off']);
  const regime = params.text('regime');
  if (state === undefined && regime === undefined) refuse(new Refusal(400, 'give a state (on, off) or a regime'));
  if (regime !== undefined) {
    if (!isRegime(regime)) return refuse(new Refusal(400, `unknown regime ${regime}; known: ${REGIME_NAMES.join(' ')}`));
    const flows = (symbol === undefined ? [...venue.feeds.values()] : [venue.feeds.get(symbol)]).filter(isSynthetic);
    if (flows.length === 0) refuse(new Refusal(400, `${symbol ?? 'no symbol'} has no synthetic flow: set FLOW to a regime`));
    for (const flow of flows) flow.enter(regime);
  }
  const running =
    state === undefined ? [...venue.feeds].filter(([, feed]) => feed.running).map(([name]) => name) : venue.setFlow(state === 'on', symbol);
  return regime === undefined ? { flowing: running } : { flowing: running, regime };
}

function isSynthetic(feed: Feed | undefined): feed is Flow {
  return feed instanceof Flow;
}
