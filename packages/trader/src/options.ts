/** What a trader can be told; `main.ts` makes it from the INI file. */
import { type AccountId, type InstrumentId, type OwnerTag, parseAccountId, parseInstrumentId, parseOwnerTag } from '@fillwright/domain';
import type { TraderConfig } from '@fillwright/runtime';

export interface TraderOptions {
  readonly processName: string;
  readonly exchange: string;
  readonly account: AccountId;
  readonly ownerTag: OwnerTag;
  /** Name of the strategy in its orders. */
  readonly strategy: string;
  readonly instruments: readonly InstrumentId[];
  readonly params: Readonly<Record<string, string>>;
  readonly orderDeadlineMs: number;
  readonly timerMs: number;
  readonly stopBudgetMs: number;
  readonly endpoints: {
    readonly commands: string;
    readonly service: string;
    readonly market: readonly string[];
    readonly orders: readonly string[];
    readonly positions: readonly string[];
    readonly marketService: string;
    readonly engineService: string;
    readonly positionService: string;
  };
}

const STOP_BUDGET_MS = 2_500;
const TIMER_MS = 1_000;

export function optionsFromConfig(config: TraderConfig): TraderOptions {
  const { GLOBAL, ZMQ, STRATEGY } = config;
  const params = Object.fromEntries([...Object.entries(STRATEGY.PARAMS)].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    processName: GLOBAL.PROCESS_NAME,
    exchange: GLOBAL.EXCHANGE_NAME,
    account: parseAccountId(GLOBAL.ACCOUNT_ID),
    ownerTag: parseOwnerTag(GLOBAL.OWNER_TAG),
    strategy: STRATEGY.CLASS,
    instruments: STRATEGY.INSTRUMENTS.map(parseInstrumentId),
    params,
    orderDeadlineMs: STRATEGY.ORDER_DEADLINE_MS,
    timerMs: Number(params.timer_ms ?? TIMER_MS),
    stopBudgetMs: STOP_BUDGET_MS,
    endpoints: {
      commands: ZMQ.TRADER_PUB_ENDPOINT,
      service: ZMQ.SERVICE_ENDPOINT,
      market: ZMQ.MARKET_SUB_ENDPOINT,
      orders: ZMQ.ORDER_EVENTS_SUB_ENDPOINT,
      positions: ZMQ.POSITION_SUB_ENDPOINT,
      marketService: ZMQ.MARKET_SERVICE_ENDPOINT,
      engineService: ZMQ.ENGINE_SERVICE_ENDPOINT,
      positionService: ZMQ.POSITION_SERVICE_ENDPOINT,
    },
  };
}
