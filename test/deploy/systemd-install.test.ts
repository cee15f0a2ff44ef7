/** install.sh and uninstall.sh of the systemd units, on a machine of their own: what they copy, keep, replace and take away. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecrets, engineSpec, faultText, loadConfig, readOwnKey, readPeers } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT, told } from './_docker.ts';
import { PrivateMachine, whyNoPrivateMachine } from './_private-machine.ts';

const why = told('install.sh on a machine of its own', whyNoPrivateMachine());

if (why !== undefined) it.skip(`install.sh on a machine of its own (skipped: ${why})`, () => {});
else
  describe('install.sh', () => {
    let machine: PrivateMachine;
    beforeEach(() => {
      machine = new PrivateMachine();
    });
    afterEach(() => machine.remove());

    it('copies no secret of the checkout', () => {
      for (const path of [
        'deploy/secrets/binance_api_key',
        'deploy/docker-compose.override.yml',
        'config/trading_engine_mine.ini',
        'secrets/binance_api_key',
        'keys/operator.key',
        'backup/fillwright.tar.gz',
      ])
        machine.write(path, 'THE-SECRET\n', 0o600);

      machine.script('install');

      expect(machine.done('grep -rl THE-SECRET /opt /etc || true')).toBe('');
      expect(machine.done('ls /opt/fillwright /opt/fillwright/deploy').split('\n')).toEqual([
        '/opt/fillwright:',
        'deploy',
        'docs',
        'node_modules',
        'package.json',
        'packages',
        '',
        '/opt/fillwright/deploy:',
        'systemd',
      ]);
      expect(machine.done('ls /etc/fillwright/*.ini').split('\n')).toHaveLength(5);
    });

    const release = (name: string): void => machine.write('packages/venue/src/mod.ts', `export const release = '${name}';\n`);
    const releases = (): string =>
      machine.done('cd /opt; for tree in fillwright*; do echo "$tree $(cut -d"\'" -f2 $tree/packages/venue/src/mod.ts)"; done');

    it('keeps the release before over the same one again', () => {
      release('one');
      machine.script('install');
      expect(releases()).toBe('fillwright one');
      release('two');
      machine.script('install');
      expect(releases()).toBe('fillwright two\nfillwright.old one');

      machine.done('echo CHANGED >/etc/fillwright/trader.ini');
      const before = machine.done('stat --format "%n %i %Y" /opt/fillwright /opt/fillwright.old; id fillwright');
      machine.script('install');
      machine.script('install');

      expect(releases()).toBe('fillwright two\nfillwright.old one');
      expect(machine.done('stat --format "%n %i %Y" /opt/fillwright /opt/fillwright.old; id fillwright')).toBe(before);
      expect(machine.read('etc/fillwright/trader.ini')).toBe('CHANGED\n');
    });

    it('goes back to the release before, and forth again', () => {
      release('one');
      machine.script('install');
      release('two');
      machine.script('install');

      machine.done('/opt/fillwright.old/deploy/systemd/install.sh');
      expect(releases()).toBe('fillwright one\nfillwright.old two');
      machine.done('/opt/fillwright.old/deploy/systemd/install.sh');
      expect(releases()).toBe('fillwright two\nfillwright.old one');
    });

    it('goes on where it was interrupted', () => {
      release('one');
      machine.script('install');
      machine.done('mkdir /opt/fillwright.new; touch /opt/fillwright.new/.made-by-install.sh /opt/fillwright.new/half');
      release('two');
      machine.script('install');

      expect(releases()).toBe('fillwright two\nfillwright.old one');
      expect(machine.done('find /opt -name half')).toBe('');
    });

    it('replaces and removes nothing that it did not make', () => {
      machine.done('mkdir -p /opt/fillwright/.git /opt/fillwright/data; echo mine >/opt/fillwright/data/engine.sqlite');

      const { status, stderr } = machine.sh(`${machine.checkout}/deploy/systemd/install.sh`);
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('/opt/fillwright is there, and was not made by') });
      expect(machine.done('getent passwd fillwright || echo nobody')).toBe('nobody');

      machine.script('uninstall');
      machine.script('uninstall', '--purge');
      expect(machine.read('opt/fillwright/data/engine.sqlite')).toBe('mine\n');
    });

    it.each([
      ['simulator', 'data'],
      ['testnet', 'data/testnet'],
    ])('does not begin anew beside data that lie where they lay before: %s', (venue, folder) => {
      machine.done('mkdir -p /var/lib/fillwright/binance; touch /var/lib/fillwright/binance/engine.sqlite');
      const { status, stderr } = machine.sh(`${machine.checkout}/deploy/systemd/install.sh --venue ${venue}`);
      const [, command = ''] = /then: (.*)$/m.exec(stderr) ?? [];
      expect([status, machine.list('opt')]).toEqual([1, []]);

      machine.done(command);
      machine.script('install');
      expect(machine.read(`var/lib/fillwright/${folder}/binance/engine.sqlite`)).toBe('');
    });

    it('works from a checkout that is /opt/fillwright itself', () => {
      machine.done(`cp -a ${machine.checkout} /opt/fillwright; mkdir /opt/fillwright/data; echo mine >/opt/fillwright/data/engine.sqlite`);

      machine.done('/opt/fillwright/deploy/systemd/install.sh');
      expect(machine.done('ls /opt')).toBe('fillwright');
      expect(machine.done('ls /etc/systemd/system/fillwright-*.service').split('\n')).toHaveLength(5);

      machine.done('/opt/fillwright/deploy/systemd/uninstall.sh');
      expect(machine.read('opt/fillwright/data/engine.sqlite')).toBe('mine\n');
      expect(machine.done('ls /etc/systemd/system | grep -E "fillwright|trading_engine" || true')).toBe('');
    });

    it('is taken away, twice, but for what is worth keeping', () => {
      machine.script('install');
      machine.script('install');
      machine.done('mkdir -p /var/lib/fillwright/data; touch /var/lib/fillwright/data/engine.sqlite');

      expect(machine.script('uninstall')).toBe('removed');
      expect(machine.script('uninstall')).toBe('removed');
      expect(machine.done('ls /opt; ls /etc/systemd/system | grep -E "fillwright|trading_engine" || true')).toBe('');
      machine.done('test -e /etc/fillwright/trader.ini -a -e /var/lib/fillwright/data/engine.sqlite; id fillwright');

      machine.script('uninstall', '--purge');
      machine.script('uninstall', '--purge');
      expect(machine.done('ls -d /etc/fillwright /var/lib/fillwright /var/log/fillwright 2>/dev/null || true')).toBe('');
      expect(machine.done('getent passwd fillwright || getent group fillwright || echo nobody')).toBe('nobody');
    });

    const UNITS = 'etc/systemd/system';
    /** What counts for a unit: its own file, then what stands beside it, the last word wins. */
    const settings = (unit: string): ReadonlyMap<string, string> => {
      const files = [unit, ...machine.list(`${UNITS}/${unit}.d`).map((name) => `${unit}.d/${name}`)];
      const text = files.map((name) => machine.read(`${UNITS}/${name}`)).join('\n');
      return new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]));
    };
    /** Of all units, each kind once. */
    const pauses = (): readonly string[] => {
      const units = machine.list(UNITS).filter((name) => /^fillwright-.*\.service$/.test(name));
      expect(units).toHaveLength(5);
      const keys = ['StartLimitIntervalSec', 'RestartSec', 'RestartSteps', 'RestartMaxDelaySec'];
      return [...new Set(units.map((unit) => keys.map((key) => settings(unit).get(key)).join(' ')))];
    };

    it.each([252, 253])('under systemd %d lets a process start again and again, 5 s after its end', (version) => {
      machine.systemdVersion = version;
      machine.script('install');

      expect(pauses()).toEqual(['0 5  ']);
    });

    it.each([254, 260])('under systemd %d lets the pauses grow', (version) => {
      machine.systemdVersion = version;
      machine.script('install');

      expect(pauses()).toEqual(['0 2 6 30']);
    });

    it('takes back pauses that an older systemd would not understand', () => {
      machine.systemdVersion = 254;
      machine.script('install');
      machine.systemdVersion = 252;
      machine.script('install');

      expect(pauses()).toEqual(['0 5  ']);
    });

    const INI = ['market_server_binance.ini', 'position_server_binance.ini', 'trader.ini', 'trading_engine_binance.ini'];
    const installed = (): readonly string[] => INI.map((name) => machine.read(`etc/fillwright/${name}`));
    const shipped = (folder: string): readonly string[] => INI.map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));

    it('installs the files of the simulator, and those of the testnet when told so', () => {
      machine.script('install');
      expect(installed()).toEqual(shipped('config'));

      machine.script('install', '--venue', 'testnet');
      expect(installed()).toEqual(shipped('config/testnet'));

      machine.script('install');
      expect(installed()).toEqual(shipped('config/testnet'));
    });

    it('changes no venue when a file was changed by hand', () => {
      machine.script('install');
      machine.done('echo CHANGED >>/etc/fillwright/trader.ini');
      const before = installed();

      const { status, stderr } = machine.sh(`${machine.checkout}/deploy/systemd/install.sh --venue testnet`);

      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('/etc/fillwright/trader.ini was changed') });
      expect(installed()).toEqual(before);
    });

    it('gives the engine, and nobody else, the keys of an account and the venue that they are for', () => {
      machine.script('install');
      for (const part of ['key', 'secret']) {
        const name = `binance_api_${part}`;
        machine.done(`echo ${part.repeat(20)} >/etc/fillwright/secrets/${name}; chmod 644 /etc/fillwright/secrets/${name}`);
      }
      const install = `${machine.checkout}/deploy/systemd/install.sh`;
      expect(machine.sh(install).stderr).toContain('trading_engine_binance.ini is for the simulator: --venue testnet');
      expect(machine.sh(`${install} --venue testnet`).stderr).toBe('');

      expect(machine.done('stat --format "%a %U" /etc/fillwright/secrets /etc/fillwright/secrets/*')).toBe('700 root\n600 root\n600 root');
      expect(machine.done('cd /etc/systemd/system; grep -l LoadCredential -r .')).toBe(
        './fillwright-trading-engine@binance.service.d/keys.conf',
      );
      const dropIn = machine.read(`${UNITS}/fillwright-trading-engine@binance.service.d/keys.conf`);
      const credentials = join(machine.folder, 'credentials');
      mkdirSync(credentials);
      const environment: Record<string, string> = {};
      for (const [, id = '', path = ''] of dropIn.matchAll(/^LoadCredential=(\w+):(.*)$/gm))
        writeFileSync(join(credentials, id), machine.read(path.slice(1)), { mode: 0o400 });
      for (const [, name = '', value = ''] of dropIn.matchAll(/^Environment=(\w+)=(.*)$/gm))
        environment[name] = value.replace('%d', credentials);
      const text = machine.read('etc/fillwright/trading_engine_binance.ini');
      const result = loadConfig(engineSpec, text, 'the engine', createSecrets(environment).environment);
      if (!result.ok) throw new Error(result.faults.map(faultText).join('\n'));
      const { GLOBAL, HTTP_API } = result.value;
      expect([GLOBAL.API_KEY.reveal(), GLOBAL.API_SECRET.reveal()]).toEqual(['key'.repeat(20), 'secret'.repeat(20)]);
      expect(HTTP_API.HTTP_BASE_URL).toBe('https://demo-fapi.binance.com');
    });

    it('keeps the data of simulator and testnet apart: no unit says another folder than the INI file', () => {
      machine.script('install');

      expect(machine.done('cd /etc/systemd/system; grep -r FILLWRIGHT_DATA_DIR . || true')).toBe('');
      expect(machine.done('cd /etc/systemd/system; grep -h WorkingDirectory= fillwright-*.service | sort -u')).toBe(
        'WorkingDirectory=/var/lib/fillwright',
      );
    });

    it('makes keys of the bus that the units can read by the paths in the INI files, and nobody else', () => {
      machine.script('install');
      const folder = '/var/lib/fillwright/keys';
      expect(machine.done(`stat --format '%a %U' ${folder}`)).toBe('700 fillwright');
      const names = INI.map((name) => name.replace('.ini', ''));
      for (const name of names)
        machine.done(
          `sed -i '/^\\[ZMQ\\]/a CURVE_KEY_FILE=keys/${name}.key\\nCURVE_PEERS_FILE=keys/peers.json' /etc/fillwright/${name}.ini`,
        );
      // The small checkout cannot run: the program is that of this one.
      const program = ['packages', 'node_modules'].map((part) => `mount --bind ${ROOT}/${part} /opt/fillwright/${part}`).join('; ');
      const asDesk = `${machine.checkout}/deploy/systemd/as-desk.sh`;

      machine.done(`${program}; ${asDesk} fillwright keys make ${INI.map((name) => `/etc/fillwright/${name}`).join(' ')}`);
      const listed = machine.done(`${program}; ${asDesk} fillwright keys list`);

      expect(listed.split('\n').map((line) => line.split(':')[0])).toEqual(names);
      expect(machine.done(`stat --format '%a %U' ${folder}`)).toBe('700 fillwright');
      expect(machine.done(`stat --format '%a %U %n' ${folder}/*.key`).split('\n')).toEqual(
        names.map((name) => `600 fillwright ${folder}/${name}.key`),
      );
      const unit = machine.read(`${UNITS}/fillwright-trader@.service`);
      const from = join(machine.folder, /^WorkingDirectory=(.*)$/m.exec(unit)?.[1] ?? '');
      const peers = readPeers(join(from, 'keys/peers.json'));
      expect(names.map((name) => readOwnKey(join(from, `keys/${name}.key`)).publicKey)).toEqual(peers.map(({ publicKey }) => publicKey));
    });

    it('runs commands of the desk for root alone, as the user of the units', () => {
      machine.script('install');
      const asDesk = `${machine.checkout}/deploy/systemd/as-desk.sh`;

      expect(machine.done(`${asDesk} sh -c 'id -un; pwd; umask'`).split('\n')).toEqual(['fillwright', '/var/lib/fillwright', '0077']);
      expect(machine.sh(asDesk).status).toBe(2);
      const { status, stderr } = machine.sh('runuser -u fillwright -- /opt/fillwright/deploy/systemd/as-desk.sh id');
      expect({ status, stderr }).toEqual({ status: 2, stderr: 'as-desk: run it as root\n' });
    });
  });
