/** One container at a time, by testcontainers: the documented line, and what a container says when it cannot do its work. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKeyPair, writeOwnKey, writePeers } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { StartedTestContainer } from 'testcontainers';
import { until } from '../_stack/wait.ts';
import { docker, IMAGE, ROOT, run, whySkipped } from './_docker.ts';

jest.setTimeout(120_000);

const ENGINE_IMAGE = process.env.FILLWRIGHT_ENGINE_IMAGE ?? 'trading_engine';
const skipped = whySkipped('smoke');
const INI = 'config/trading_engine_binance.ini';
const KEYS = { BINANCE_API_KEY: 'a-key-for-nothing-0001', BINANCE_API_SECRET: 'a-secret-for-nothing-0001' };

if (skipped !== undefined) it.skip(`the image of the engine (skipped: ${skipped})`, () => {});
else
  describe('the image of the engine', () => {
    let folder: string;
    const started: StartedTestContainer[] = [];

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'fillwright-image-'));
      cpSync(join(ROOT, 'config'), join(folder, 'config'), { recursive: true });
      mkdirSync(join(folder, 'secrets'));
      // A folder that Docker or an administrator made: not the user of the container.
      mkdirSync(join(folder, 'logs'));
      chmodSync(folder, 0o755);
    });
    afterEach(async () => {
      for (const container of started.splice(0)) await container.stop({ remove: true, removeVolumes: true });
      rmSync(folder, { recursive: true, force: true });
    });

    interface Wish {
      readonly env?: Readonly<Record<string, string>>;
      readonly secrets?: boolean;
      readonly dataBytes?: string;
      /** Shares the network of that container. */
      readonly beside?: string;
      /** When it counts as started: a line of its output. */
      readonly said: RegExp;
    }

    async function start({ env = KEYS, secrets = false, dataBytes, beside, said }: Wish): Promise<StartedTestContainer> {
      // Loaded here: it looks for an engine at once.
      const { GenericContainer, Wait } = await import('testcontainers');
      const mounts = [
        { source: join(folder, 'config'), target: '/app/config', mode: 'ro' as const },
        { source: join(folder, 'logs'), target: '/app/logs', mode: 'rw' as const },
        ...(secrets ? [{ source: join(folder, 'secrets'), target: '/run/secrets', mode: 'ro' as const }] : []),
      ];
      let container = new GenericContainer(ENGINE_IMAGE)
        .withEnvironment({ ...env })
        .withBindMounts(mounts)
        .withCommand(['BINANCE', INI])
        .withWaitStrategy(Wait.forLogMessage(said))
        .withStartupTimeout(60_000);
      if (dataBytes !== undefined) container = container.withTmpFs({ '/app/data': `size=${dataBytes},uid=1000,gid=1000` });
      if (beside !== undefined) container = container.withNetworkMode(`container:${beside}`);
      const running = await container.start();
      started.push(running);
      return running;
    }

    const exitCodeOf = (container: StartedTestContainer): number => Number(docker('wait', container.getId()));
    const secret = (name: string, mode: number, text = 'a-real-looking-value-0001'): void => {
      const path = join(folder, 'secrets', name);
      writeFileSync(path, `${text}\n`);
      chmodSync(path, mode);
      // The user of the container, as a deployment would give it to.
      docker(
        'run',
        '--rm',
        '--user',
        '0',
        '--entrypoint',
        'chown',
        '-v',
        `${join(folder, 'secrets')}:/s`,
        IMAGE,
        '1000:1000',
        `/s/${name}`,
      );
    };
    const inIni = (from: string, to: string): void => {
      const path = join(folder, INI);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(from);
      writeFileSync(path, text.replace(from, to));
    };

    it('runs by the documented line as pid 1 without root, and ends well when told to', async () => {
      const container = await start({ said: /trading_engine_binance is up/ });
      const { output } = await container.exec(['sh', '-c', 'id -u; cat /proc/1/comm; ls data']);

      expect(output).toMatch(/^1000\nnode/);
      expect(output).toContain('binance');
      // Somebody else's logs folder is no reason not to trade, but one to say so.
      expect(run('docker', ['logs', container.getId()]).stderr).toContain('sudo chown 1000 logs');
      expect((await container.exec(['ls', 'data/logs'])).output).toContain('trading_engine_binance.log');
      docker('stop', '--time', '15', container.getId());
      expect(docker('inspect', '--format', '{{.State.ExitCode}}', container.getId())).toBe('0');
    });

    it('takes the keys of the account from files', async () => {
      secret('key', 0o600);
      secret('secret', 0o400);
      const env = { BINANCE_API_KEY_FILE: '/run/secrets/key', BINANCE_API_SECRET_FILE: '/run/secrets/secret' };
      const container = await start({ env, secrets: true, said: /trading_engine_binance is up/ });
      expect(docker('inspect', '--format', '{{json .Config.Env}}', container.getId())).not.toContain('a-real-looking-value');
    });

    it.each([
      ['absent', undefined, /CFG_SECRET_UNREADABLE: cannot read the secret file \/run\/secrets\/key: there is no such file/],
      ['open to others', 0o644, /CFG_SECRET_EXPOSED: \/run\/secrets\/key has mode 0644.*chmod 600/],
    ])('does not start when a secret is %s, and says what to do', async (_what, mode, said) => {
      if (mode !== undefined) secret('key', mode);
      const env = { BINANCE_API_KEY_FILE: '/run/secrets/key', BINANCE_API_SECRET: KEYS.BINANCE_API_SECRET };
      expect(exitCodeOf(await start({ env, secrets: true, said }))).toBe(2);
    });

    it('does not open a socket to others without CURVE keys', async () => {
      inIni('ORDER_EVENTS_PUB_ENDPOINT=tcp://127.0.0.1:6002', 'ORDER_EVENTS_PUB_ENDPOINT=tcp://*:6002');
      const said = /\[ZMQ\] ORDER_EVENTS_PUB_ENDPOINT: expected an address of this machine.*CURVE_KEY_FILE/;
      expect(exitCodeOf(await start({ said }))).toBe(2);
    });

    it('does not start with the key of another process', async () => {
      const pair = newKeyPair();
      writeOwnKey(join(folder, 'config/curve.key'), { name: 'trader', ...pair });
      writePeers(join(folder, 'config/peers.json'), [{ name: 'trader', publicKey: pair.publicKey, roles: ['orders'], binds: [] }]);
      docker(
        'run',
        '--rm',
        '--user',
        '0',
        '--entrypoint',
        'chown',
        '-v',
        `${join(folder, 'config')}:/c`,
        IMAGE,
        '1000:1000',
        '/c/curve.key',
      );
      inIni('[ZMQ]\n', '[ZMQ]\nCURVE_KEY_FILE=config/curve.key\nCURVE_PEERS_FILE=config/peers.json\n');
      expect(exitCodeOf(await start({ said: /CFG_KEY_OF_OTHER: .* is the key of trader/ }))).toBe(2);
    });

    it('says which port is taken, and by whom it cannot be', async () => {
      const first = await start({ said: /trading_engine_binance is up/ });
      const second = await start({ beside: first.getId(), said: /RUN_PORT_IN_USE/ });
      expect(exitCodeOf(second)).toBe(1);
      await until('the first one goes on', async () => (await first.exec(['true'])).exitCode === 0);
    });

    it('does not start when its volume is full, and says that it is', async () => {
      const container = await start({ dataBytes: '32k', said: /full|ENOSPC|no space/i });
      expect(exitCodeOf(container)).not.toBe(0);
    });
  });
