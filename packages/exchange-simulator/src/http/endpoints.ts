/** Every REST endpoint of USDⓈ-M futures that this venue serves, by `METHOD path`. */
import { ACCOUNT_ENDPOINTS } from './account-endpoints.ts';
import { ALGO_ENDPOINTS } from './algo-endpoints.ts';
import { CONVERT_ENDPOINTS } from './convert-endpoints.ts';
import type { Endpoint, EndpointTable } from './endpoint.ts';
import { EXPORT_ENDPOINTS } from './export-endpoints.ts';
import { MARKET_ENDPOINTS } from './market-endpoints.ts';
import { ORDER_ENDPOINTS } from './order-endpoints.ts';
import { REFERENCE_ENDPOINTS } from './reference-endpoints.ts';
import { SETTING_ENDPOINTS } from './setting-endpoints.ts';
import { STATISTICS_ENDPOINTS } from './statistics-endpoints.ts';
import { WALLET_ENDPOINTS } from './wallet-endpoints.ts';

const TABLES: readonly EndpointTable[] = [
  ...[MARKET_ENDPOINTS, REFERENCE_ENDPOINTS, STATISTICS_ENDPOINTS, ORDER_ENDPOINTS, ALGO_ENDPOINTS],
  ...[ACCOUNT_ENDPOINTS, SETTING_ENDPOINTS, EXPORT_ENDPOINTS, CONVERT_ENDPOINTS, WALLET_ENDPOINTS],
];

export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map(TABLES.flatMap((table) => Object.entries(table)));
