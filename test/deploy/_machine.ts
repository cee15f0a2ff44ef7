/**
 * A machine of its own with the desk of the live profile, and an exchange that stands outside of all machines. The keys of the account come
 * as files; only the addresses in the INI files differ from what is shipped.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeIni, type IniChanges } from '../_stack/ini.ts';
import { repeated, type Venue, type VenueLine } from '../_stack/venue.ts';
import { until } from '../_stack/wait.ts';
import { type Account, Desk, SERVICES, type ServiceName } from './_desk.ts';
import { docker, IMAGE, ROOT, run } from './_docker.ts';

export const MACHINE: readonly ServiceName[] = SERVICES.filter((name) => name !== 'exchange-simulator');
export const MACHINE_WITHOUT_TRADER: readonly ServiceName[] = MACHINE.filter((name) => name !== 'trader');
/** Nothing moves there by itself. */
export const QUIET = 'SOLUSDT';
/** A trader that quotes there too. */
export const INSTRUMENTS = ['BTCUSDT', 'ETHUSDT', QUIET].map((symbol) => `${symbol}-PERP.BINANCE`).join(',');
const VENUE_LOG = 'data/venue.ndjson';
const REST = 'http://exchange-simulator:5080';
const WS = 'ws://exchange-simulator:5080';

/** Compose: the simulator keeps a record of what it was asked. */
export const VENUE_LOGGED = `services: {exchange-simulator: {command: [exchange-simulator, config/exchange_simulator.ini, --venue-log, ${VENUE_LOG}]}}\n`;

/** That record, so far. */
export function venueLogOf(desk: Desk): readonly VenueLine[] {
  const lines = desk.exec('exchange-simulator', 'cat', VENUE_LOG).stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as VenueLine);
}

/** Client ids that the exchange took on more than once. */
export function repeatedIdsOf(desk: Desk, of = desk.account.atVenue): readonly string[] {
  return repeated(
    venueLogOf(desk).flatMap(({ type, event, account, clientId = '' }) =>
      type === 'order' && event === 'NEW' && account === of ? [clientId] : [],
    ),
  );
}

/** Quotes that nobody fills, as long as nobody is told to: the market of this symbol stands still. */
export async function untilQuietOrders(venue: Venue): Promise<void> {
  await until(
    'quotes on both sides of the quiet market',
    async () => {
      const { openOrders } = await venue.account();
      if (new Set(openOrders.flatMap(({ symbol, side }) => (symbol === QUIET ? [side] : []))).size === 2) return true;
      // Told anew: a quoter that was not ready looks again.
      await venue.control('POST', 'book', { symbol: QUIET, bids: [['179.90', '500']], asks: [['180.10', '500']] });
      return false;
    },
    { withinMs: 30_000, everyMs: 1_000 },
  );
}

/** The exchange alone, with its own record of what it was asked. */
export class Exchange extends Desk {
  constructor() {
    super([VENUE_LOGGED]);
  }

  static async start(): Promise<Exchange> {
    const exchange = new Exchange();
    await exchange.up(['exchange-simulator']);
    return exchange;
  }

  get network(): string {
    return `${this.project}_desk`;
  }

  log(): readonly VenueLine[] {
    return venueLogOf(this);
  }

  untilQuietOrders(): Promise<void> {
    return untilQuietOrders(this.venue);
  }

  repeatedIds(account?: string): readonly string[] {
    return repeatedIdsOf(this, account);
  }

  /** Each trade of the account once, as `SYMBOL id SIDE`. */
  trades(): readonly string[] {
    const fills = this.log().filter(({ type, account }) => type === 'fill' && account === 'demo') as unknown as Readonly<
      Record<string, string>
    >[];
    return [...new Set(fills.map(({ symbol, tradeId, side = '' }) => `${symbol} ${tradeId} ${side.toLowerCase()}`))].sort();
  }
}

/** What is deployed: the first account by live.env, a second one by second.env; from a folder like deploy/. */
export interface Deployment {
  readonly envFile: 'live.env' | 'second.env';
  readonly folder: string;
  readonly account: Account;
}
const FIRST: Deployment = { envFile: 'live.env', folder: join(ROOT, 'deploy'), account: { id: 'main', atVenue: 'demo' } };

export class Machine extends Desk {
  readonly #exchange: Exchange;
  readonly #variables: Readonly<Record<string, string>>;

  constructor(exchange: Exchange, { envFile, folder, account }: Deployment = FIRST) {
    super([`networks: {outside: {external: true, name: ${exchange.network}}}\n`], account);
    this.#exchange = exchange;
    const lines = readFileSync(join(folder, envFile), 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm);
    const shipped: Readonly<Record<string, string>> = Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
    const config = this.#configFrom(join(folder, shipped.FILLWRIGHT_CONFIG ?? 'config'), shipped.FILLWRIGHT_VENUE ?? '');
    this.#variables = { ...shipped, COMPOSE_PROJECT_NAME: this.project, FILLWRIGHT_CONFIG: config, FILLWRIGHT_SECRETS: this.#secrets() };
  }

  protected override get environment(): Readonly<Record<string, string>> {
    return this.#variables;
  }

  protected override serviceOf(name: ServiceName): string {
    return name === 'market-server' || name === 'trading-engine' ? `${name}-live` : name;
  }

  override get venue(): Venue {
    return this.#exchange.venueOf(this.account.atVenue);
  }

  override up(names: readonly ServiceName[] = MACHINE): Promise<number> {
    return super.up(names);
  }

  override healthy(names: readonly ServiceName[] = MACHINE, withinMs?: number): Promise<void> {
    return super.healthy(names, withinMs);
  }

  /** Trades that its ledger has booked, as the exchange names them. */
  bookedTrades(): readonly string[] {
    const { stdout } = this.exec('position-server', 'node', '--disable-warning=ExperimentalWarning', '-e', BOOKED);
    return (JSON.parse(stdout) as string[]).sort();
  }

  /** Nothing passes between this machine and the exchange until the answer is called. */
  cutOff(): () => void {
    const names = ['trading-engine', 'market-server'] as const;
    const heals = names.map((name) => this.cut(name, 'exchange-simulator', this.#exchange));
    return () => {
      for (const heal of heals) heal();
    };
  }

  /** All at once, as when the power goes. */
  burn(): void {
    const containers = MACHINE.map((name) => this.container(name));
    docker('update', '--restart', 'no', ...containers);
    for (const pid of docker('inspect', '--format', '{{.State.Pid}}', ...containers).split('\n')) process.kill(Number(pid), 'SIGKILL');
  }

  /** The INI files, with the simulator's addresses for the exchange's. */
  #configFrom(source: string, venue: string): string {
    const folder = join(this.folder, 'config');
    cpSync(source, folder, { recursive: true });
    const change = (path: string, changes: IniChanges): void =>
      writeFileSync(join(folder, path), changeIni(readFileSync(join(folder, path), 'utf8'), changes));
    change(`${venue}/market_server_binance.ini`, {
      HTTP_API: { HTTP_BASE_URL: REST },
      WEBSOCKET: { WS_PUBLIC_URL: `${WS}/public`, WS_MARKET_URL: `${WS}/market` },
    });
    change(`${venue}/trading_engine_binance.ini`, {
      HTTP_API: { HTTP_BASE_URL: REST },
      WEBSOCKET: { WS_PRIVATE_URL: `${WS}/private`, WS_API_URL: `${WS}/ws-fapi/v1` },
    });
    change('common/trader.ini', { STRATEGY: { INSTRUMENTS } });
    return folder;
  }

  #secrets(): string {
    const folder = join(this.folder, 'secrets');
    mkdirSync(folder, { mode: 0o700 });
    const account = this.#exchange.venue.ready.accounts.find(({ name }) => name === this.account.atVenue);
    writeFileSync(join(folder, 'binance_api_key'), `${account?.key}\n`, { mode: 0o600 });
    writeFileSync(join(folder, 'binance_api_secret'), `${account?.secret}\n`, { mode: 0o600 });
    run('docker', ['run', '--rm', '--user', '0', '--entrypoint', 'chown', '-v', `${folder}:/s`, IMAGE, '-R', '1000:1000', '/s']);
    return folder;
  }
}

const BOOKED = `
const { DatabaseSync } = require('node:sqlite');
const ledger = new DatabaseSync('data/binance/main/position-server/ledger.sqlite', { readOnly: true });
const fills = ledger.prepare('SELECT instrument, trade_id, side, synthetic FROM fills WHERE before_ledger = 0').all();
const text = ({ instrument, trade_id, side, synthetic }) => (synthetic ? 'made up: ' : '') + instrument.split('-')[0] + ' ' + trade_id + ' ' + side;
process.stdout.write(JSON.stringify(fills.map(text)));
`;
