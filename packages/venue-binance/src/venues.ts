/** Which adapters exist: `[GLOBAL] EXCHANGE_NAME` and `ASSET_TYPE` name them. */
import { AppError } from '@fillwright/runtime/ports';
import { createBinanceFuturesExecution } from './futures-execution-adapter.ts';
import { createBinanceFuturesMarket } from './futures-market-adapter.ts';
import { FUTURES_HOSTS } from './futures-options.ts';

export interface Venue {
  readonly exchange: string;
  readonly assetType: string;
  readonly createExecution: typeof createBinanceFuturesExecution;
  readonly createMarket: typeof createBinanceFuturesMarket;
  readonly hosts: typeof FUTURES_HOSTS;
}

export const VENUES: readonly Venue[] = [
  {
    exchange: 'BINANCE',
    assetType: 'FUTURES',
    createExecution: createBinanceFuturesExecution,
    createMarket: createBinanceFuturesMarket,
    hosts: FUTURES_HOSTS,
  },
];

/** @throws AppError `BIN_NO_SUCH_VENUE` naming the pairs that exist. */
export function venueOf(exchange: string, assetType: string): Venue {
  const venue = VENUES.find((one) => one.exchange === exchange.toUpperCase() && one.assetType === assetType.toUpperCase());
  if (venue !== undefined) return venue;
  const known = VENUES.map((one) => `${one.exchange} ${one.assetType}`).join(', ');
  throw new AppError(
    'BIN_NO_SUCH_VENUE',
    `there is no adapter for EXCHANGE_NAME ${exchange} with ASSET_TYPE ${assetType}; there is: ${known}`,
  );
}
