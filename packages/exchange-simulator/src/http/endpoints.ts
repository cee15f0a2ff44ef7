/** Every REST endpoint of USDⓈ-M futures that this venue serves, by `METHOD path`. */
import { ACCOUNT_ENDPOINTS } from './account-endpoints.ts';
import { ALGO_ENDPOINTS } from './algo-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { MARKET_ENDPOINTS } from './market-endpoints.ts';
import { ORDER_ENDPOINTS } from './order-endpoints.ts';
import { REFERENCE_ENDPOINTS } from './reference-endpoints.ts';
import { SETTING_ENDPOINTS } from './setting-endpoints.ts';
import { WALLET_ENDPOINTS } from './wallet-endpoints.ts';

export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map(
  [MARKET_ENDPOINTS, REFERENCE_ENDPOINTS, ORDER_ENDPOINTS, ALGO_ENDPOINTS, ACCOUNT_ENDPOINTS, SETTING_ENDPOINTS, WALLET_ENDPOINTS].flatMap(
    (table) => Object.entries(table),
  ),
);
