/** The few calls outside of `/fapi` without which some clients do not start: coins of the wallet, margin pairs. */
import type { JsonValue } from '../numbers/json.ts';
import { type AccountCall, type EndpointTable, keyed, signed } from './endpoint.ts';

/** Every coin the venue knows; balances of the spot wallet are nought, there is none. */
function coins({ venue }: AccountCall): JsonValue {
  const names = new Set<string>();
  for (const { spec } of venue.engine.markets()) for (const asset of [spec.options.baseAsset, spec.options.quoteAsset]) names.add(asset);
  return [...names].sort().map((coin) => ({
    ...{ coin, name: coin, depositAllEnable: true, withdrawAllEnable: true, trading: true, isLegalMoney: false },
    ...{ free: '0', locked: '0', freeze: '0', withdrawing: '0', ipoing: '0', ipoable: '0', storage: '0', networkList: [] },
  }));
}

export const WALLET_ENDPOINTS: EndpointTable = {
  'GET /sapi/v1/capital/config/getall': signed(10, coins),
  'GET /sapi/v1/margin/allPairs': keyed(1, () => []),
  'GET /sapi/v1/margin/isolated/allPairs': keyed(1, () => []),
};
