/** `[ORDER_MANAGEMENT]`, `[RISK_MANAGEMENT]` and `[PERFORMANCE]` of the engine. */
import { boolean, decimalNumber, integer, milliseconds, oneOf } from '../kinds.ts';

export const orderManagement = {
  ORDER_TRANSPORT: oneOf(['rest', 'ws', 'auto'], {
    doc: 'How commands reach the exchange: `rest` by HTTP; `auto` over its WebSocket API while that is up, else by HTTP; `ws` over its WebSocket API or not at all, save cancels.',
    when: '`auto` for the shortest way; `ws` when an order that cannot go the short way should rather not go.',
    default: 'rest',
  }),
  ORDER_BATCH: oneOf(['off', 'auto'], {
    doc: 'New orders that are ready in the same turn of the loop: `auto` sends five of them in one request where commands go by HTTP and the limits have room (a batch costs 5 of the weight, and 5 orders of the 10 s), and three or four while three quarters of the orders of the 10 s are left; `off` sends each alone. No order waits for others; conditional and reduce-only orders leave alone, and the WebSocket API has no batch.',
    when: '`auto` for strategies that place many orders at once; one lost answer then leaves up to five orders unknown.',
    default: 'off',
  }),
  MAX_ORDERS_PER_SECOND: integer({
    doc: 'Our own ceiling for new orders; above it they wait in the queue. Cancels are not held back by it.',
    when: 'Below the limit of the exchange (Binance futures: 300 in 10 s), shared by all its orders.',
    unit: 'orders per second',
    default: '20',
    min: 1,
    max: 1_000,
  }),
  ORDER_TIMEOUT_MS: milliseconds({
    doc: 'Time without an outcome after which an order counts as *unknown* and is asked for at the exchange. Never means rejected.',
    when: 'Longer on a slow line.',
    default: '5000',
    min: 100,
    max: 600_000,
  }),
  RETRY_FAILED_ORDERS: boolean({
    doc: 'Sends an order again when it is *proven* that the exchange did not execute it. An order with an unknown outcome is never resent.',
    when: 'false when the strategy would rather decide itself.',
    default: 'true',
  }),
  MAX_ORDER_RETRIES: integer({
    doc: 'How often such an order is sent again at most.',
    when: 'Rarely.',
    default: '3',
    min: 0,
    max: 20,
  }),
  FLATTEN_ON_STOP: boolean({
    doc: 'Also closes what the account holds when the engine stops, by reduce-only market orders; also what was bought by hand. Orders are cancelled either way.',
    when: 'true when nothing may be held while nobody watches.',
    default: 'false',
  }),
  ORDER_QUEUE_SIZE: integer({
    doc: 'Orders and changes that may wait for their turn, or for room in the rate limits; one more is denied at once (`QUEUE_FULL`).',
    when: 'Smaller to hear sooner that orders are too many.',
    default: '1000',
    min: 1,
    max: 100_000,
  }),
  ORDER_PROCESSING_THREADS: integer({
    doc: 'Orders and changes of orders in flight at the exchange at the same time, a batch (ORDER_BATCH) as one; cancels are never held back by it. Not threads: order state has one owner.',
    when: 'More for many symbols, within the order limits of the exchange.',
    unit: 'requests',
    default: '8',
    min: 1,
    max: 100,
  }),
  EXPIRED_AS_CANCELED: boolean({
    doc: 'Tells of an order that expired at the exchange as canceled; the reason still says why it ended.',
    when: 'true when strategies should not care which of the two words the exchange uses.',
    default: 'false',
  }),
};

const RISK_LATER = 'The limit will be enforced before every order by the risk desk; until it is there, real hosts are refused.';

export const riskManagement = {
  MAX_POSITION_SIZE: decimalNumber({
    doc: 'Largest sum of absolute positions, each in its base unit, working and unknown orders counted as filled; 0 = no limit.',
    when: 'Before every change of what you trade.',
    unit: 'base',
    default: '0',
    min: '0',
  }),
  MAX_POSITION_PER_SYMBOL: decimalNumber({
    doc: 'The same for each single symbol; 0 = no limit.',
    when: 'Before every change of what you trade.',
    unit: 'base',
    default: '0',
    min: '0',
  }),
  MAX_DAILY_LOSS: decimalNumber({
    doc: 'Loss since 00:00 UTC, realised and open, after which only orders that reduce a position pass; 0 = no limit.',
    when: 'Set it to what you can lose in a day.',
    unit: 'quote',
    default: '0',
    min: '0',
    later: RISK_LATER,
  }),
  ENABLE_PRE_TRADE_CHECKS: boolean({
    doc: 'Checks each order against filters and limits before it is sent. false is refused for a live venue.',
    when: 'Never, except to see in the simulator how an exchange refuses.',
    default: 'true',
    later: 'The checks of filters stay on either way.',
  }),
  POSITION_LIMIT_CHECK_INTERVAL_MS: milliseconds({
    doc: 'How often positions are compared with the limits also while nothing is ordered.',
    when: 'Rarely.',
    default: '1000',
    min: 100,
    max: 60_000,
    later: RISK_LATER,
  }),
  RISK_ALERT_THRESHOLD: decimalNumber({
    doc: 'Part of a limit, 0 to 1, from which on the state is *warning*.',
    when: 'Lower to be warned sooner.',
    default: '0.8',
    min: '0',
    max: '1',
    later: RISK_LATER,
  }),
};

export const performance = {
  MAX_WORKER_THREADS: integer({
    doc: 'Workers beside the main loop, for journal syncs. Order state never leaves the main loop.',
    when: 'Rarely.',
    default: '1',
    min: 1,
    max: 64,
    later: 'Workers come with more than one journal.',
  }),
  MESSAGE_PROCESSING_THREADS: integer({
    doc: 'Queries in flight at the exchange at the same time, beside the four of a recovery. Not threads.',
    when: 'Rarely.',
    unit: 'requests',
    default: '4',
    min: 1,
    max: 100,
  }),
  HTTP_POOL_SIZE: integer({
    doc: 'Open HTTP connections that are kept for the next request.',
    when: 'At least ORDER_PROCESSING_THREADS + MESSAGE_PROCESSING_THREADS.',
    default: '16',
    min: 1,
    max: 256,
  }),
  HTTP_WARM_CONNECTIONS: integer({
    doc: 'HTTP connections that are opened at the start and kept open by a ping (weight 1 each, every 20 s), so that no order waits for a handshake; 0 = none. At most half of HTTP_POOL_SIZE are.',
    when: 'As many as orders that leave at the same moment.',
    default: '4',
    min: 0,
    max: 64,
  }),
  WEBSOCKET_POOL_SIZE: integer({
    doc: 'Connections of the private stream at the same time, on one listen key; what they bring twice counts once. With two, the death of one is no outage. WS_PRIVATE_BACKUP_URL is used in turn.',
    when: '2 where an outage of a second is too long.',
    default: '1',
    min: 1,
    max: 8,
  }),
  MEMORY_LIMIT_MB: integer({
    doc: 'Memory of the process above which it alarms (log and metric) and trades on; with `--daemon` also the heap limit of V8.',
    when: 'Below what the machine or container has.',
    unit: 'MiB',
    default: '1024',
    min: 128,
    max: 65_536,
  }),
  CPU_LIMIT_PERCENT: integer({
    doc: 'Use of one core above which the process alarms (log and metric).',
    when: 'Lower to hear of load sooner.',
    unit: '%',
    default: '90',
    min: 1,
    max: 100,
  }),
};
