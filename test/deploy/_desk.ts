/**
 * The desk of deploy/docker-compose.yml in a project of its own. By the command line of Compose: testcontainers drives Compose only
 * through the plugin, which Debian does not have. From the host, containers are reached by their addresses; nothing is published.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountTopic, type MessageData, type MessageInput, type MessageOf, type MessageType } from '@fillwright/messages';
import { answerOf, type ClosableBus, createSystemClock, createZmqBus, Keyring, Sender, ServiceClient } from '@fillwright/runtime';
import { accountsOf, differences } from '../_stack/agreement.ts';
import { Venue, type VenueAccount, type VenueReady } from '../_stack/venue.ts';
import { epochNow, until } from '../_stack/wait.ts';
import { composeCommand, docker, IMAGE, ROOT, run, type Said } from './_docker.ts';

export const SERVICES = ['exchange-simulator', 'market-server', 'trading-engine', 'position-server', 'trader'] as const;
export type ServiceName = (typeof SERVICES)[number];
const STATUS_PORTS = {
  'exchange-simulator': 9105,
  'market-server': 9101,
  'trading-engine': 9102,
  'position-server': 9103,
  trader: 9104,
} as const;
const SERVICE_PORTS = { 'market-server': 8001, 'trading-engine': 8002, 'position-server': 8003, trader: 8004 } as const;
/** A full start on two cores, as the deployment promises. */
export const HEALTHY_MS = 60_000;

/** The control API of the simulator listens inside its own container alone; so it is asked from there. */
const ASK = `
const [method, url, token, body] = process.argv.slice(1);
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
const reply = await fetch(url, { method, headers, ...(body === '' ? {} : { body }) });
const text = await reply.text();
process.stdout.write(text);
process.exitCode = reply.status === 200 ? 0 : 1;
`;

class ContainedVenue extends Venue {
  readonly #container: string;
  readonly #account: string;

  constructor(ready: VenueReady, container: string, account: string) {
    super(ready, '');
    this.#container = container;
    this.#account = account;
  }

  override account(name = this.#account): Promise<VenueAccount> {
    return super.account(name);
  }

  override async control<T>(method: 'GET' | 'POST' | 'DELETE', command: string, body?: object): Promise<T> {
    const { url, token } = this.ready.control;
    const script = [
      'node',
      '--input-type=module',
      '-e',
      ASK,
      method,
      `${url}/${command}`,
      token,
      body === undefined ? '' : JSON.stringify(body),
    ];
    const text = docker('exec', this.#container, ...script);
    return JSON.parse(text.replace(/(?<=[:[,]\s*)-?\d{16,}(?=\s*[,\]}])/g, '"$&"')) as T;
  }
}

let projects = 0;

export interface Account {
  /** ACCOUNT_ID */
  readonly id: string;
  /** As the simulator names it. */
  readonly atVenue: string;
}

export class Desk {
  readonly account: Account;
  readonly project: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'fillwright-desk-'));
  readonly #clock = createSystemClock();
  readonly #sender: Sender;
  readonly #overrides: string[] = [];
  /** What the next `compose` command runs. */
  image = IMAGE;
  #bus: ClosableBus | undefined;
  readonly #keyrings: Keyring[] = [];
  readonly #buses: ClosableBus[] = [];
  #copies = 0;

  /** `overrides`: further Compose files, as text. */
  constructor(overrides: readonly string[] = [], account: Account = { id: 'main', atVenue: 'demo' }) {
    this.account = account;
    this.#sender = new Sender({ src: 'deploy-test', exchange: 'BINANCE', account: account.id, epoch: epochNow() }, this.#clock);
    projects += 1;
    this.project = `fwtest${process.pid}x${projects}`;
    for (const text of overrides) this.override(text);
  }

  /** A further Compose file, as text. */
  protected override(text: string): void {
    const path = join(this.folder, `override-${this.#overrides.length}.yml`);
    writeFileSync(path, text);
    this.#overrides.push(path);
  }

  compose(...args: readonly string[]): Said {
    const [program = '', ...first] = composeCommand() ?? [];
    const files = [join(ROOT, 'deploy/docker-compose.yml'), ...this.#overrides].flatMap((path) => ['-f', path]);
    return run(program, [...first, '-p', this.project, '--project-directory', join(ROOT, 'deploy'), ...files, ...args], {
      cwd: join(ROOT, 'deploy'),
      env: { FILLWRIGHT_IMAGE: this.image, COMPOSE_PROJECT_NAME: this.project, ...this.environment },
    });
  }

  protected get environment(): Readonly<Record<string, string>> {
    return { COMPOSE_PROFILES: 'simulator' };
  }

  /** What Compose calls it. */
  protected serviceOf(name: ServiceName): string {
    return name;
  }

  /** Started and healthy; how long that took, in milliseconds. */
  async up(names: readonly ServiceName[] = SERVICES): Promise<number> {
    const startedMs = performance.now();
    const { status, stderr } = this.compose('up', '-d', ...names.map((name) => this.serviceOf(name)));
    if (status !== 0) throw new Error(`compose up: ${stderr}\n${this.compose('logs', '--no-color', '--tail', '20').stdout}`);
    await this.healthy(names);
    return performance.now() - startedMs;
  }

  async healthy(names: readonly ServiceName[] = SERVICES, withinMs = HEALTHY_MS): Promise<void> {
    for (const name of names)
      await until(`${name} is healthy`, async () => (await this.health(name)).ready, {
        withinMs,
        everyMs: 100,
        describe: async () => `${(await this.health(name)).reasons.join('\n')}\n${this.logs(name)}`,
      });
  }

  container(name: ServiceName): string {
    return (
      docker(
        'ps',
        '-aq',
        '--filter',
        `label=com.docker.compose.project=${this.project}`,
        '--filter',
        `label=com.docker.compose.service=${this.serviceOf(name)}`,
      ).split('\n')[0] ?? ''
    );
  }

  inspect(name: ServiceName, format: string): string {
    return docker('inspect', '--format', format, this.container(name));
  }

  address(name: ServiceName): string {
    return this.inspect(name, '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}').trim().split(' ')[0] ?? '';
  }

  endpoint(name: ServiceName, port: number): string {
    return `tcp://${this.address(name)}:${port}`;
  }

  logs(name: ServiceName): string {
    const { stdout, stderr } = run('docker', ['logs', '--tail', '30', this.container(name)]);
    return `${stdout}${stderr}`;
  }

  async health(name: ServiceName): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }> {
    const reply = await fetch(`http://${this.address(name)}:${STATUS_PORTS[name]}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    return (await reply.json()) as { ready: boolean; reasons: readonly string[] };
  }

  /** Sum of a metric over the labels that hold `label`. */
  async metric(name: ServiceName, metric: string, label = ''): Promise<number> {
    const reply = await fetch(`http://${this.address(name)}:${STATUS_PORTS[name]}/metrics`, { signal: AbortSignal.timeout(2_000) });
    const rows = (await reply.text()).split('\n').filter((row) => row.startsWith(metric) && row.includes(label));
    return rows.reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' ') + 1)), 0);
  }

  exec(name: ServiceName, ...command: readonly string[]): Said {
    return run('docker', ['exec', this.container(name), ...command]);
  }

  /** What a process wrote into its log, which it alone can. */
  logFile(name: ServiceName): string {
    return this.exec(name, 'sh', '-c', 'cat logs/*.log').stdout;
  }

  get venue(): Venue {
    return this.venueOf(this.account.atVenue);
  }

  venueOf(account: string): Venue {
    const container = this.container('exchange-simulator');
    const lines = docker('logs', container).split('\n');
    // The newest: a container keeps its log over restarts, the token is new each time.
    const line = lines.findLast((text) => text.startsWith('{')) ?? '';
    return new ContainedVenue(JSON.parse(line.replaceAll('0.0.0.0', '127.0.0.1')) as VenueReady, container, account);
  }

  /** The bus of who holds this key, with the list of peers of the desk as it is now or was when it was copied. */
  bus(keyFile = this.key('operator'), peersFile = this.peers()): ClosableBus {
    const keyring = new Keyring({ keyFile, peersFile, clock: this.#clock });
    this.#keyrings.push(keyring);
    const bus = createZmqBus({ keyring });
    this.#buses.push(bus);
    return bus;
  }

  /** A copy of a secret key, for its owner alone. */
  key(owner: 'operator' | 'trader'): string {
    const path = join(this.folder, `${owner}.key`);
    const text = docker(
      'run',
      '--rm',
      '--user',
      '0',
      '--entrypoint',
      'cat',
      '-v',
      `${this.project}_keys-${owner}:/keys`,
      IMAGE,
      '/keys/curve.key',
    );
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return path;
  }

  /** A copy of the list of peers, which stays as it is. */
  peers(): string {
    this.#copies += 1;
    const path = join(this.folder, `peers-${this.#copies}.json`);
    writeFileSync(path, `${this.exec('trading-engine', 'cat', 'keys/peers/peers.json').stdout}\n`);
    return path;
  }

  async ask<T extends MessageType, A extends MessageType>(
    whom: keyof typeof SERVICE_PORTS,
    type: T,
    data: MessageInput<T>,
    answer: A,
  ): Promise<MessageOf<A>> {
    this.#bus ??= this.bus();
    // Anew each time: a container that was replaced has another address.
    const endpoint = this.endpoint(whom, SERVICE_PORTS[whom]);
    const client = new ServiceClient({ bus: this.#bus, clock: this.#clock, sender: this.#sender, endpoint });
    try {
      return await until(`${whom} answers ${type}`, async () => {
        const result = await client.request(type, data, { timeoutMs: 1_000 });
        if (!result.ok && result.reason === 'error') throw new Error(`${result.code}: ${result.text}`);
        return answerOf(result, answer);
      });
    } finally {
      await client.close();
    }
  }

  async engineAccount(): Promise<MessageData<'service.account'>> {
    return (await this.ask('trading-engine', 'service.query-account', {}, 'service.account')).data;
  }

  async ledger(): Promise<MessageData<'service.snapshot'>> {
    const topic = accountTopic('position', 'BINANCE', this.account.id);
    return (await this.ask('position-server', 'service.snapshot-request', { topic }, 'service.snapshot')).data;
  }

  async control(whom: 'trader' | 'trading-engine', action: 'pause' | 'resume' | 'cancel-all'): Promise<void> {
    await this.ask(whom, 'service.control', { action, who: 'deploy test', why: 'the test says so' }, 'service.ok');
  }

  /** So many orders more than now reach the exchange. */
  async trading(orders: number, withinMs = HEALTHY_MS): Promise<void> {
    const { venue } = this;
    const before = (await venue.account()).ordersAccepted;
    await until(`${orders} more orders`, async () => (await venue.account()).ordersAccepted >= before + orders, {
      withinMs,
      everyMs: 100,
      describe: () => this.logs('trader'),
    });
  }

  /** Quoting pauses, the market stands still, and exchange, engine and position-server tell the same to the last unit. */
  async agree(withinMs = 45_000): Promise<void> {
    const { venue } = this;
    await this.control('trader', 'pause');
    await venue.control('POST', 'flow', { state: 'off' });
    let found: readonly string[] = [];
    await until(
      'the books agree',
      async () => {
        found = differences(await accountsOf(venue, this));
        return found.length === 0;
      },
      { withinMs, everyMs: 200, describe: () => `${found.join('\n')}\n${this.logs('trading-engine')}` },
    );
    await venue.control('POST', 'flow', { state: 'on' });
    await this.control('trader', 'resume');
  }

  /** No packet passes between the two until the answer is called. Needs root, `nsenter` and `iptables`. */
  cut(name: ServiceName, other: ServiceName, desk: Desk = this): () => void {
    const pid = this.inspect(name, '{{.State.Pid}}');
    const address = desk.address(other);
    const rules = (action: '-A' | '-D'): void => {
      for (const [chain, flag] of [
        ['INPUT', '-s'],
        ['OUTPUT', '-d'],
      ] as const) {
        const { status, stderr } = run('nsenter', ['-t', pid, '-n', 'iptables', action, chain, flag, address, '-j', 'DROP']);
        if (status !== 0) throw new Error(`cannot cut the network: ${stderr}`);
      }
    };
    rules('-A');
    return () => rules('-D');
  }

  /** As the kernel does it when memory is out: no signal handler runs. */
  kill(...names: readonly ServiceName[]): void {
    for (const name of names) docker('kill', '--signal', 'KILL', this.container(name));
  }

  start(...names: readonly ServiceName[]): void {
    for (const name of names) docker('start', this.container(name));
  }

  async dispose(): Promise<void> {
    for (const bus of this.#buses) await bus.close();
    for (const keyring of this.#keyrings) keyring.close();
    this.compose('--profile', 'tools', 'down', '--volumes', '--timeout', '5');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
