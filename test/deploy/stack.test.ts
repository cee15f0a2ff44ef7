/** The desk as docker-compose starts it: up in time, trading, closed to strangers, back after a kill, gone without a trace. */

import { type ClosableBus, createSystemClock, newKeyPair, readPeers, Sender, ServiceClient, z85FromBytes } from '@fillwright/runtime';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as zmq from 'zeromq';
import { epochNow, until } from '../_stack/wait.ts';
import { Desk, HEALTHY_MS, SERVICES } from './_desk.ts';
import { docker, whySkipped } from './_docker.ts';

jest.setTimeout(180_000);

const skipped = whySkipped('smoke');
const PORTS = {
  'market-server': { publishers: [6001], service: 8001 },
  'trading-engine': { publishers: [6002, 6017, 6018], service: 8002 },
  'position-server': { publishers: [6003, 7004], service: 8003 },
  trader: { publishers: [7003], service: 8004 },
} as const;
/** Back in business within this after its restart, as the deployment promises. */
const BACK_MS = 15_000;

if (skipped !== undefined) it.skip(`the desk in Compose (skipped: ${skipped})`, () => {});
else
  describe('the desk in Compose', () => {
    let desk: Desk;
    let healthyMs = 0;
    let tradingMs = 0;

    beforeAll(async () => {
      desk = new Desk();
      const startedMs = performance.now();
      healthyMs = await desk.up();
      await desk.trading(5);
      tradingMs = performance.now() - startedMs;
    });
    afterAll(() => desk?.dispose());

    it('is healthy and trading within 60 s of nothing, without having written outside its volumes', async () => {
      process.stderr.write(`healthy after ${Math.round(healthyMs)} ms, five orders traded after ${Math.round(tradingMs)} ms\n`);
      expect(tradingMs).toBeLessThan(HEALTHY_MS);
      await desk.agree();
      for (const name of SERVICES) {
        expect(desk.inspect(name, '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}')).toBe('true 1000:1000');
        // Docker makes the places that it mounts into; no file is among them.
        const changed = docker('diff', desk.container(name))
          .split('\n')
          .filter((line) => line !== '' && !/^[AC] \/(app|tmp|app\/(keys|config|desk|data|logs)(\/.*)?)$/.test(line));
        expect({ name, changed }).toEqual({ name, changed: [] });
      }
    });

    it('gives each process no right of the kernel, and no place to write that is also of another', () => {
      const writable: string[] = [];
      for (const name of SERVICES) {
        const given = desk.inspect(name, '{{json .HostConfig.CapDrop}} {{json .HostConfig.CapAdd}} {{json .HostConfig.SecurityOpt}}');
        expect({ name, given }).toEqual({ name, given: '["ALL"] null ["no-new-privileges:true"]' });
        // What the kernel made of it, for the process itself.
        const held = desk.exec(name, 'grep', '-E', '^(Cap...|NoNewPrivs):', '/proc/1/status').stdout;
        expect({ name, held: held.replace(/\s+/g, ' ').trim() }).toEqual({
          name,
          held: `${['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}: 0000000000000000`).join(' ')} NoNewPrivs: 1`,
        });
        writable.push(...desk.inspect(name, '{{range .Mounts}}{{if .RW}}{{.Name}} {{end}}{{end}}').trim().split(' '));
      }
      expect([...writable].sort()).toEqual([...new Set(writable)].sort());
      expect(writable).toContain(`${desk.project}_logs-trading-engine`);
      expect(writable).toHaveLength(2 * SERVICES.length);
    });

    it.each(SERVICES)('is healthy to Docker too: %s', async (name) => {
      const status = (): string => desk.inspect(name, '{{.State.Health.Status}}');
      await until(`Docker finds ${name} healthy`, () => status() === 'healthy', {
        everyMs: 500,
        describe: () => desk.inspect(name, '{{json .State.Health}}'),
      });
    });

    it('is found whole by zmq-test, and publishes nothing to the host', () => {
      const { status, stdout } = desk.compose('run', '--rm', 'zmq-test', 'zmq-test', 'config/desk.ini', '--json');
      expect({ status, ok: JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}').ok }).toEqual({ status: 0, ok: true });
      for (const name of SERVICES) expect(desk.inspect(name, '{{json .HostConfig.PortBindings}}')).toMatch(/^(null|\{\})$/);
    });

    it('turns away a peer without a key and one with an unknown key on every port, and says so', async () => {
      const heard: string[] = [];
      const sockets: zmq.Socket[] = [];
      const peers = readPeers(desk.peers());
      const stranger = newKeyPair();
      const toHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
      for (const [name, { publishers, service }] of Object.entries(PORTS) as [
        keyof typeof PORTS,
        { publishers: readonly number[]; service: number },
      ][]) {
        const publicKey = peers.find(({ binds }) => binds.includes(String(service)))?.publicKey ?? '';
        for (const keys of [
          {},
          {
            curvePublicKey: z85FromBytes(toHex(stranger.publicKey)),
            curveSecretKey: z85FromBytes(toHex(stranger.secretKey)),
            curveServerKey: z85FromBytes(toHex(publicKey)),
          },
        ]) {
          for (const port of publishers) {
            const socket = new zmq.Subscriber({ linger: 0, reconnectInterval: 200, ...keys });
            sockets.push(socket);
            socket.connect(desk.endpoint(name, port));
            socket.subscribe('');
            void listen(socket, heard);
          }
          const dealer = new zmq.Dealer({ linger: 0, reconnectInterval: 200, ...keys });
          sockets.push(dealer);
          dealer.connect(desk.endpoint(name, service));
          await dealer.send('halt');
          void listen(dealer, heard);
        }
      }
      for (const name of Object.keys(PORTS) as (keyof typeof PORTS)[]) {
        const sockets = PORTS[name].publishers.length + 1;
        for (const reason of ['not-curve', 'unknown-key'])
          await until(
            `${name} refuses: ${reason}`,
            async () => (await desk.metric(name, 'fillwright_bus_refused_total', `reason="${reason}"`)) >= sockets,
          );
      }
      for (const socket of sockets) socket.close();
      expect(heard).toEqual([]);
      const engineLog = desk.logFile('trading-engine');
      // Whose key it is and from where; of who has none libzmq tells only which of our ports he tried.
      expect(engineLog).toMatch(
        new RegExp(`"reason":"unknown-key","key":"${stranger.publicKey}","address":"[0-9a-f.:]+".*"event":"bus-refused"`),
      );
      expect(engineLog).toMatch(/"reason":"not-curve","endpoint":"tcp:[^"]+:6002".*"event":"bus-refused"/);
      await desk.trading(2);
    });

    it('learns at once that a name is not there: a resolver that waits would make the bus of a process stand still', () => {
      const script = `const t = performance.now(); require('node:dns').lookup('nobody', (error) => console.log(error.code, performance.now() - t))`;
      const [code, tookMs] = desk.exec('trading-engine', 'node', '-e', script).stdout.trim().split(' ');
      expect(code).toBe('ENOTFOUND');
      expect(Number(tookMs)).toBeLessThan(2_000);
    });

    it('has an engine ready within 15 s of being killed under load, with the books of the exchange', async () => {
      desk.kill('trading-engine');
      const startedMs = performance.now();
      desk.start('trading-engine');
      await desk.healthy(['trading-engine'], BACK_MS);
      process.stderr.write(`engine ready ${Math.round(performance.now() - startedMs)} ms after its restart\n`);
      await desk.healthy();
      await desk.trading(3);
      await desk.agree();
    });

    it('lets go of a key as soon as it is revoked: who holds it is cut, dials in vain, and is named in the log', async () => {
      // As of before: the caller himself sees nothing of the revocation, only the engine can keep him out.
      const [keyFile, peersFile] = [desk.key('operator'), desk.peers()];
      const refused = (): Promise<number> => desk.metric('trading-engine', 'fillwright_bus_refused_total', 'reason="revoked-key"');
      const caller = new Caller(desk, desk.bus(keyFile, peersFile));
      await until('the caller hears and is answered', async () => caller.heard > 0 && (await caller.isAnswered()));
      expect(await refused()).toBe(0);

      const words = ['keys', 'revoke', 'operator', '--peers-file', 'keys/peers/peers.json'];
      const said = desk.compose('run', '--rm', '--no-deps', '--user', '1000', '--entrypoint', 'fillwright', 'keys', ...words);
      expect({ status: said.status, stderr: said.status === 0 ? '' : said.stderr }).toEqual({ status: 0, stderr: '' });
      await until('the engine turned away both of his connections', async () => (await refused()) >= 2);
      expect(await caller.isAnswered()).toBe(false);
      const { heard } = caller;
      const before = await refused();
      const again = new Caller(desk, desk.bus(keyFile, peersFile));
      await until('the engine turned away who dials anew, on both ports', async () => (await refused()) >= before + 2);
      expect(await again.isAnswered()).toBe(false);

      // The desk goes on, and he hears nothing of it.
      await desk.trading(2);
      expect({ known: caller.heard, again: again.heard }).toEqual({ known: heard, again: 0 });
      expect(desk.logFile('trading-engine')).toContain('"reason":"revoked-key","peer":"operator"');
      for (const who of [caller, again]) await who.close();
    });

    it('stops in order and leaves no order of its own at the exchange', async () => {
      const { venue } = desk;
      await until('open orders', async () => (await venue.account()).openOrders.length > 0);
      docker('stop', '--time', '20', desk.container('trading-engine'));
      expect(desk.inspect('trading-engine', '{{.State.ExitCode}}')).toBe('0');
      expect((await venue.account()).openOrders).toEqual([]);
    });
  });

/** On the order events and the service of the engine. */
class Caller {
  heard = 0;
  readonly #bus: ClosableBus;
  readonly #service: ServiceClient;

  constructor(desk: Desk, bus: ClosableBus) {
    this.#bus = bus;
    const orders = bus.connectSubscriber([desk.endpoint('trading-engine', 6002)], {
      onFrames: () => {
        this.heard += 1;
      },
    });
    orders.subscribe('');
    const clock = createSystemClock();
    const sender = new Sender({ src: 'caller', exchange: 'BINANCE', account: 'main', epoch: epochNow() }, clock);
    this.#service = new ServiceClient({ bus, clock, sender, endpoint: desk.endpoint('trading-engine', 8002) });
  }

  async isAnswered(): Promise<boolean> {
    const result = await this.#service.request('service.ping', {}, { timeoutMs: 2_000 });
    return result.ok;
  }

  async close(): Promise<void> {
    await this.#service.close();
    await this.#bus.close();
  }
}

async function listen(socket: zmq.Subscriber | zmq.Dealer, heard: string[]): Promise<void> {
  try {
    for await (const [frame] of socket) heard.push(String(frame));
  } catch {
    // Closed under it.
  }
}
