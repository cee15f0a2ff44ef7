/** The simulator's INI file, described so that every fault of a file is told at once, and turned into options. */
import { type Decimal, decimalText } from '@fillwright/domain/decimal';
import {
  type ConfigOf,
  configSpec,
  kinds,
  monitoring,
  namedSections,
  plannedPort,
  processName,
  type SectionValue,
  section,
} from '@fillwright/runtime';
import type { ClockOptions } from '../clock/clock-options.ts';
import { REGIME_NAMES } from '../flow/regimes.ts';
import { CONNECTIONS_PER_5_MINUTES, FUNDING_PER_5_MINUTES } from '../http/rate-limits.ts';
import type { BracketOption, SymbolOptions } from '../market/symbol-spec.ts';
import { FAULT_KEYS, faultOptions, STORM_KEYS, stormOptions } from './fault-config.ts';
import { type AccountOptions, DEFAULT_OPTIONS, type SimulatorOptions, SYMBOL_DEFAULTS } from './options.ts';

const { boolean, decimalNumber, integer, milliseconds, oneOf, optional, secret, text, textList } = kinds;

const RARELY = 'Rarely; to see how a client copes.';

function port(doc: string, standard: number) {
  return integer({ doc: `${doc}; 0 takes any free one.`, when: 'When the port is taken.', default: String(standard), min: 0, max: 65_535 });
}

function delay(doc: string) {
  return milliseconds({ doc, when: 'To see races between answers and streams.', default: '0', min: 0, max: 60_000 });
}

function limit(doc: string, standard: number) {
  return integer({
    doc,
    when: 'Lower to exercise throttling, higher for load tests.',
    default: String(standard),
    min: 1,
    max: 1_000_000_000,
  });
}

function fee(doc: string, standard: string) {
  return decimalNumber({ doc, when: 'To trade under another fee tier.', default: standard, min: '0', max: '0.1' });
}

function rule(doc: string, standard?: string) {
  const when = 'To mirror another contract.';
  return decimalNumber({ doc, when, min: '0', ...(standard === undefined ? {} : { default: standard }) });
}

function precision(doc: string, standard: number) {
  return integer({ doc, when: 'Together with tick or step.', default: String(standard), min: 0, max: 8 });
}

function recording(doc: string, when: string) {
  return text({
    doc: `${doc}; a file below [REPLAY] FOLDER.`,
    when,
    pattern: /^[\w.-]+(?:\/[\w.-]+)*$/,
    expected: 'a name like BTCUSDT/aggTrades.csv',
  });
}

const ACCOUNT_KEYS = {
  API_KEY: text({
    doc: 'The key that clients send.',
    when: 'As you like.',
    pattern: /^[\w-]{1,128}$/,
    expected: 'letters, digits, _ and -',
  }),
  API_SECRET: optional(secret({ doc: 'Secret of an HMAC key; empty when PUBLIC_KEY_PEM is set.', when: 'As you like.' })),
  PUBLIC_KEY_PEM: optional(
    text({ doc: 'Public key of an RSA or Ed25519 key, PEM with \\n for line ends.', when: 'For clients that sign with a private key.' }),
  ),
  BALANCE_USDT: decimalNumber({ doc: 'Wallet at start.', when: 'As you like.', default: '100000', min: '0', max: '10000000000' }),
  OTHER_BALANCES: textList({
    doc: 'What it has of other margin assets at start, each as ASSET:AMOUNT.',
    when: 'For multi-assets mode and fees in BNB.',
    default: '',
    pattern: /^[A-Z0-9]{2,10}:\d{1,12}(\.\d{1,8})?$/,
    expected: 'a comma-separated list of ASSET:AMOUNT',
  }),
  MAKER_FEE: fee('Maker fee as a share of the notional.', '0.0002'),
  TAKER_FEE: fee('Taker fee as a share of the notional.', '0.0005'),
};

const SYMBOL_KEYS = {
  BASE_ASSET: text({ doc: 'What is traded.', when: 'For a new symbol.' }),
  QUOTE_ASSET: text({
    doc: 'What it is quoted, margined and settled in.',
    when: 'USDC for multi-assets mode.',
    default: SYMBOL_DEFAULTS.quoteAsset,
    pattern: /^[A-Z0-9]{2,10}$/,
    expected: 'the name of a margin asset',
  }),
  BRACKETS: textList({
    doc: 'Leverage table, lowest first, each row as LEVERAGE:CAP:RATE: highest leverage, notional up to, maintenance margin rate.',
    when: 'To mirror another contract; empty = a table in the shape of the largest ones.',
    default: '',
    pattern: /^[1-9]\d{0,2}:[1-9]\d{0,11}:0\.\d{1,8}$/,
    expected: 'a comma-separated list of LEVERAGE:CAP:RATE',
  }),
  FLOW: oneOf([...REGIME_NAMES, 'replay', 'paper', 'none'], {
    doc: 'Synthetic makers and takers: walk (an ordinary day), calm, trending, flash-crash, thin. replay: a recording. paper: a real exchange. none: a quiet, empty book for scripted work.',
    when: 'none where a test plays both sides; the others to see how a strategy bears them.',
    default: 'walk',
  }),
  REPLAY_TRADES: optional(recording('Trades to replay: CSV as Binance publishes aggTrades', 'Together with FLOW=replay.')),
  REPLAY_BOOK: optional(recording('Book to replay: CSV as Binance publishes bookTicker, or levels', 'Together with FLOW=replay.')),
  REPLAY_TIME: oneOf(['start', 'recorded'], {
    doc: 'start: the first record comes when the venue starts. recorded: at its own time, for a CLOCK_START before it.',
    when: 'recorded where the date matters, funding hours for instance.',
    default: 'start',
  }),
  FLOW_RATE: integer({ doc: 'Steps of flow per second.', when: 'For a calmer or busier market.', default: '8', min: 1, max: 200 }),
  MARK_PRICE: rule('Where mark price and flow start.'),
  TICK_SIZE: rule('Price step.'),
  STEP_SIZE: rule('Quantity step.'),
  PRICE_PRECISION: precision('Decimals of prices.', SYMBOL_DEFAULTS.pricePrecision),
  QUANTITY_PRECISION: precision('Decimals of quantities.', SYMBOL_DEFAULTS.quantityPrecision),
  MIN_PRICE: rule('PRICE_FILTER minimum; a multiple of the tick.'),
  MAX_PRICE: rule('PRICE_FILTER maximum.'),
  MIN_QTY: rule('LOT_SIZE minimum.', SYMBOL_DEFAULTS.minQty),
  MAX_QTY: rule('LOT_SIZE maximum.', SYMBOL_DEFAULTS.maxQty),
  MARKET_MAX_QTY: rule('MARKET_LOT_SIZE maximum.', SYMBOL_DEFAULTS.marketMaxQty),
  MIN_NOTIONAL: rule('MIN_NOTIONAL in quote.'),
  FIRST_ORDER_ID: text({
    doc: 'Where order ids start; above 9007199254740992 it shows who parses ids as doubles.',
    when: 'To exercise 64-bit ids.',
    pattern: /^[1-9]\d{0,18}$/,
    expected: 'an integer of at most 19 digits',
    default: '812345678901',
  }),
};

export const simulatorSpec = configSpec({
  process: 'exchange-simulator',
  doc: 'A venue that speaks Binance USDⓈ-M futures, on this machine.',
  sections: {
    GLOBAL: section('Who this process is.', {
      PROCESS_NAME: processName('exchange_simulator'),
      LOG_LEVEL: oneOf(['DEBUG', 'INFO', 'WARN', 'ERROR'], { doc: 'Least severe lines that are written.', when: RARELY, default: 'INFO' }),
    }),
    VENUE: section('The venue itself.', {
      HOST: text({ doc: 'Interface of the futures listener.', when: '0.0.0.0 inside a container.', default: DEFAULT_OPTIONS.host }),
      FUTURES_PORT: port('REST, streams and WS-API', plannedPort('exchange-simulator', 'FUTURES_PORT')),
      TLS_CERT_FILE: optional(
        text({
          doc: 'PEM file with the certificate (chain) of the futures listener, by its path; with it it speaks https and wss. Empty = plain.',
          when: 'For clients that insist on TLS, or that map errors by host name.',
        }),
      ),
      TLS_KEY_FILE: optional(text({ doc: 'PEM file with the key of that certificate.', when: 'Together with TLS_CERT_FILE.' })),
      CONTROL_PORT: port('Control API, on loopback only', plannedPort('exchange-simulator', 'CONTROL_PORT')),
      CONTROL_TOKEN: optional(
        secret({ doc: 'Bearer token of the control API; empty = made at start.', when: 'For scripts that must know it.' }),
      ),
      SEED: text({ doc: 'Seed of ids and synthetic flow.', when: 'To see another market.', default: DEFAULT_OPTIONS.seed }),
      HISTORY_KEPT: integer({
        doc: 'Closed orders and trades of an account on a symbol, and rows of its income, that can be asked for; the oldest are forgotten.',
        when: 'Lower for less memory: an order and its trade take about 1 KB.',
        default: String(DEFAULT_OPTIONS.historyKept),
        min: 1_000,
        max: 10_000_000,
      }),
      INSURANCE_FUND: optional(
        decimalNumber({
          doc: 'What the insurance fund has of each margin asset; empty = without bound, nobody is ever deleveraged.',
          when: 'To see auto-deleveraging.',
          min: '0',
        }),
      ),
      ACCOUNT_UPDATE_ORDER: oneOf(['before', 'after', 'seeded'], {
        doc: 'Whether ACCOUNT_UPDATE comes before or after the ORDER_TRADE_UPDATE of a fill; the real exchange promises neither.',
        when: RARELY,
        default: DEFAULT_OPTIONS.accountUpdateOrder,
      }),
      DEFAULT_STP: oneOf(['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'], {
        doc: 'Self-trade prevention of POST order when the client sends none.',
        when: RARELY,
        default: DEFAULT_OPTIONS.defaultStp,
      }),
      LEGACY_ORDER_REPLY: boolean({ doc: 'avgPrice and cumQuote in order replies, as before June 2026.', when: RARELY, default: 'false' }),
      CLOCK: oneOf(['real', 'accelerated', 'stepped'], {
        doc: "What time it is: the machine's, CLOCK_FACTOR times as fast, or standing still until POST /__sim/clock/advance.",
        when: 'accelerated to see a day of funding in minutes, stepped where every byte must repeat.',
        default: 'real',
      }),
      CLOCK_FACTOR: integer({
        doc: 'How many times as fast an accelerated clock runs.',
        when: 'Together with CLOCK=accelerated.',
        default: '60',
        min: 1,
        max: 10_000,
      }),
      CLOCK_START: optional(
        text({
          doc: "Where an accelerated or stepped clock starts, UTC, like 2026-11-01T00:00:00Z; empty = the machine's time.",
          when: 'For runs that repeat, and for recordings.',
          pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/,
          expected: 'a time in UTC like 2026-11-01T00:00:00Z',
        }),
      ),
      CLOCK_SKEW_MS: integer({ doc: "Venue's clock minus the clock it runs on.", when: RARELY, default: '0', min: -600_000, max: 600_000 }),
      STATE_FILE: optional(
        text({
          doc: 'File in the data folder: loaded at the start when it is there, written at an orderly stop.',
          when: 'For a venue that goes on where it was.',
          pattern: /^[\w][\w.-]*(?:\/[\w][\w.-]*)*$/,
          expected: 'a name in the data folder, like venue.state',
        }),
      ),
    }),
    DELAYS: section('Delays outside of the matching core.', {
      REPLY_MS: delay('From the executed request to its answer.'),
      USER_MS: delay('User events.'),
      MARKET_MS: delay('Market data.'),
      JITTER_MS: delay('Up to this much is added to each, by seed.'),
    }),
    LIMITS: section('Rate limits, as published in exchangeInfo.', {
      WEIGHT_PER_MINUTE: limit('Request weight per address.', DEFAULT_OPTIONS.limits.weightPerMinute),
      ORDERS_PER_10_SECONDS: limit('New orders per account.', DEFAULT_OPTIONS.limits.ordersPer10Seconds),
      ORDERS_PER_MINUTE: limit('New orders per account.', DEFAULT_OPTIONS.limits.ordersPerMinute),
      STRIKES_TO_BAN: limit('Blocked requests that turn 429 into 418.', DEFAULT_OPTIONS.limits.strikesToBan),
      BAN_MS: limit('First ban in ms; each further one doubles.', DEFAULT_OPTIONS.limits.banMs),
      CONNECTIONS_PER_5_MINUTES: limit('New sockets per address.', CONNECTIONS_PER_5_MINUTES),
      FUNDING_PER_5_MINUTES: limit('Requests per address for funding rates and terms.', FUNDING_PER_5_MINUTES),
    }),
    REPLAY: section('Recordings.', {
      FOLDER: text({ doc: 'Folder of recordings, by its path.', when: 'For FLOW=replay.', default: 'data/recordings' }),
    }),
    PAPER: section('The real exchange that symbols with FLOW=paper follow; only its public data is read.', {
      REST_URL: text({
        doc: 'Where snapshots of books come from.',
        when: 'For another exchange of the kind.',
        default: 'https://fapi.binance.com',
        pattern: /^https?:\/\/[^/\s]+$/,
        expected: 'an address like https://host',
      }),
      STREAM_URL: text({
        doc: 'Where streams come from; /public/stream and /market/stream are put behind it.',
        when: 'Together with REST_URL.',
        default: 'wss://fstream.binance.com',
        pattern: /^wss?:\/\/[^/\s]+$/,
        expected: 'an address like wss://host',
      }),
      SILENCE_MS: milliseconds({
        doc: 'A stream that sends nothing for so long counts as lost.',
        when: 'For quiet symbols.',
        default: '15000',
        min: 1_000,
        max: 600_000,
      }),
    }),
    ACCOUNT: namedSections('One client account.', ACCOUNT_KEYS),
    SYMBOL: namedSections('One symbol.', SYMBOL_KEYS),
    FAULT: namedSections('One fault rule, from the start on; more by the control API.', FAULT_KEYS),
    STORM: section('Faults by seed.', STORM_KEYS),
    MONITORING: section('How it is observed.', monitoring('exchange-simulator')),
  },
});

export type SimulatorConfig = ConfigOf<typeof simulatorSpec>;

function accountOptions(name: string, keys: SectionValue<typeof ACCOUNT_KEYS>): AccountOptions {
  return {
    name,
    apiKey: keys.API_KEY,
    ...(keys.API_SECRET === undefined ? {} : { apiSecret: keys.API_SECRET.reveal() }),
    ...(keys.PUBLIC_KEY_PEM === undefined ? {} : { publicKeyPem: keys.PUBLIC_KEY_PEM.replaceAll('\\n', '\n') }),
    balanceUsdt: decimalText(keys.BALANCE_USDT),
    ...(keys.OTHER_BALANCES.length === 0
      ? {}
      : { otherBalances: Object.fromEntries(keys.OTHER_BALANCES.map((entry) => entry.split(':'))) }),
    makerFee: decimalText(keys.MAKER_FEE),
    takerFee: decimalText(keys.TAKER_FEE),
  };
}

/** With the customary number of places, as the exchange would print it. */
function printed(value: Decimal, places: number): string {
  return value.decimalPlaces() >= places ? decimalText(value) : value.toFixed(places);
}

function bracketOption(row: string): BracketOption {
  const [leverage = '', cap = '', rate = ''] = row.split(':');
  return [Number(leverage), Number(cap), rate];
}

function replayOptions({
  REPLAY_TRADES,
  REPLAY_BOOK,
  REPLAY_TIME,
}: SectionValue<typeof SYMBOL_KEYS>): NonNullable<SymbolOptions['replay']> {
  return {
    ...(REPLAY_TRADES === undefined ? {} : { trades: REPLAY_TRADES }),
    ...(REPLAY_BOOK === undefined ? {} : { book: REPLAY_BOOK }),
    timing: REPLAY_TIME,
  };
}

function symbolOptions(symbol: string, keys: SectionValue<typeof SYMBOL_KEYS>): SymbolOptions {
  const { PRICE_PRECISION: pricePrecision, QUANTITY_PRECISION: quantityPrecision } = keys;
  return {
    ...SYMBOL_DEFAULTS,
    symbol,
    baseAsset: keys.BASE_ASSET,
    quoteAsset: keys.QUOTE_ASSET,
    ...(keys.BRACKETS.length === 0 ? {} : { brackets: keys.BRACKETS.map(bracketOption) }),
    tickSize: printed(keys.TICK_SIZE, pricePrecision),
    stepSize: decimalText(keys.STEP_SIZE),
    pricePrecision,
    quantityPrecision,
    minPrice: decimalText(keys.MIN_PRICE),
    maxPrice: decimalText(keys.MAX_PRICE),
    minQty: decimalText(keys.MIN_QTY),
    maxQty: decimalText(keys.MAX_QTY),
    marketMaxQty: decimalText(keys.MARKET_MAX_QTY),
    minNotional: decimalText(keys.MIN_NOTIONAL),
    markPrice: decimalText(keys.MARK_PRICE),
    firstOrderId: keys.FIRST_ORDER_ID,
    flow: keys.FLOW,
    ...(keys.FLOW === 'replay' ? { replay: replayOptions(keys) } : {}),
    flowRate: keys.FLOW_RATE,
  };
}

function clockOptions({ CLOCK, CLOCK_FACTOR, CLOCK_START }: SimulatorConfig['VENUE']): ClockOptions {
  const start = CLOCK_START === undefined ? {} : { startMs: Date.parse(CLOCK_START) };
  if (CLOCK === 'accelerated') return { mode: 'accelerated', factor: CLOCK_FACTOR, ...start };
  return CLOCK === 'stepped' ? { mode: 'stepped', ...start } : { mode: 'real' };
}

/** A file without accounts or symbols gets the demo's. */
export function optionsOfConfig(config: SimulatorConfig): SimulatorOptions {
  const { VENUE, DELAYS, LIMITS, PAPER, ACCOUNT, SYMBOL, FAULT, STORM } = config;
  const accounts = [...ACCOUNT].map(([name, keys]) => accountOptions(name, keys));
  const symbols = [...SYMBOL].map(([symbol, keys]) => symbolOptions(symbol, keys));
  return {
    ...DEFAULT_OPTIONS,
    host: VENUE.HOST,
    futuresPort: VENUE.FUTURES_PORT,
    controlPort: VENUE.CONTROL_PORT,
    ...(VENUE.CONTROL_TOKEN === undefined ? {} : { controlToken: VENUE.CONTROL_TOKEN.reveal() }),
    seed: VENUE.SEED,
    historyKept: VENUE.HISTORY_KEPT,
    accounts: accounts.length > 0 ? accounts : DEFAULT_OPTIONS.accounts,
    symbols: symbols.length > 0 ? symbols : DEFAULT_OPTIONS.symbols,
    limits: {
      weightPerMinute: LIMITS.WEIGHT_PER_MINUTE,
      ordersPer10Seconds: LIMITS.ORDERS_PER_10_SECONDS,
      ordersPerMinute: LIMITS.ORDERS_PER_MINUTE,
      strikesToBan: LIMITS.STRIKES_TO_BAN,
      banMs: LIMITS.BAN_MS,
      connectionsPer5Minutes: LIMITS.CONNECTIONS_PER_5_MINUTES,
      fundingPer5Minutes: LIMITS.FUNDING_PER_5_MINUTES,
    },
    faults: faultOptions(FAULT),
    storm: stormOptions(STORM),
    delays: { replyMs: DELAYS.REPLY_MS, userMs: DELAYS.USER_MS, marketMs: DELAYS.MARKET_MS, jitterMs: DELAYS.JITTER_MS },
    ...(VENUE.INSURANCE_FUND === undefined ? {} : { insuranceFund: decimalText(VENUE.INSURANCE_FUND) }),
    accountUpdateOrder: VENUE.ACCOUNT_UPDATE_ORDER,
    defaultStp: VENUE.DEFAULT_STP,
    legacyOrderReply: VENUE.LEGACY_ORDER_REPLY,
    clock: clockOptions(VENUE),
    paper: { restUrl: PAPER.REST_URL, streamUrl: PAPER.STREAM_URL, silenceMs: PAPER.SILENCE_MS },
    clockSkewMs: VENUE.CLOCK_SKEW_MS,
    ...(VENUE.STATE_FILE === undefined ? {} : { stateFile: VENUE.STATE_FILE }),
  };
}
