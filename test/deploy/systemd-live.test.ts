/** The units under systemd itself: a desk that is installed, trades, is confined, dies, hangs, loses its machine and stops. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../_stack/wait.ts';
import { ROOT, told, whyNotAsked } from './_docker.ts';
import { LiveMachine, whyNoLiveMachine } from './_live-machine.ts';

jest.setTimeout(180_000);

const why = told('the units under systemd itself', whyNotAsked('all') ?? whyNoLiveMachine());
const ENGINE = 'fillwright-trading-engine@binance';
const UNITS = [
  'fillwright-exchange-simulator',
  'fillwright-market-server@binance',
  'fillwright-position-server@binance',
  ENGINE,
  'fillwright-trader@trader',
];
const HEALTHY_MS = 60_000;
const NODE = '/opt/fillwright/node_modules/.bin/node';

interface Key {
  readonly key: string;
  readonly secret: string;
}

/** Keys of an account of the simulator, as its INI file has them. */
function keyOf(account: string): Key {
  const text = readFileSync(join(ROOT, 'config/exchange_simulator.ini'), 'utf8');
  const section = text.slice(text.indexOf(`[ACCOUNT.${account}]`));
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(section)?.[1] ?? '';
  return { key: value('API_KEY'), secret: value('API_SECRET') };
}

if (why !== undefined) it.skip(`the units under systemd itself (skipped: ${why})`, () => {});
else
  describe('the units under systemd itself', () => {
    const machine = new LiveMachine();
    beforeAll(async () => {
      await machine.boot();
      machine.done(`${ROOT}/deploy/systemd/install.sh`);
    });
    afterAll(async () => {
      await machine.cutPower();
      machine.remove();
    });

    const show = (unit: string, property: string): string => machine.done(`systemctl show --property ${property} --value ${unit}`);
    const fetched = (url: string, headers = {}): Record<string, unknown> => {
      const script = `process.stdout.write(await (await fetch('${url}', ${JSON.stringify({ headers })})).text())`;
      return JSON.parse(machine.done(`${NODE} --input-type=module -e "${script.replaceAll('"', '\\"')}"`));
    };
    const health = (port = 9102): Record<string, unknown> => fetched(`http://127.0.0.1:${port}/health/ready`);
    /** Symbol by symbol: asked for all at once, they cost the engine's address forty times as much. */
    const openOrders = ({ key, secret }: Key): readonly unknown[] =>
      ['BTCUSDT', 'ETHUSDT'].flatMap((symbol) => {
        // The exchange on that machine runs on this one's clock.
        const query = `symbol=${symbol}&timestamp=${Date.now()}`;
        const signature = createHmac('sha256', secret).update(query).digest('hex');
        const url = `http://127.0.0.1:5080/fapi/v1/openOrders?${query}&signature=${signature}`;
        return fetched(url, { 'X-MBX-APIKEY': key }) as unknown as readonly unknown[];
      });
    const logTail = (): string => machine.sh(`journalctl --no-pager -n 30 -u ${ENGINE}; tail -n 20 /var/log/fillwright/*engine*`).stdout;
    const wait = (what: string, look: () => boolean, withinMs = HEALTHY_MS): Promise<unknown> =>
      until(what, look, { withinMs, everyMs: 250, describe: logTail });
    const ready = (): Promise<unknown> =>
      wait('every process is ready', () => [9101, 9102, 9103, 9104].every((port) => health(port).ready === true));
    const trading = async (key = keyOf('demo')): Promise<void> => {
      await ready();
      await wait('orders are open', () => openOrders(key).length > 0);
    };

    it('starts the desk by the documented line, and it trades', async () => {
      const names = UNITS.map((unit) => (unit === ENGINE ? 'trading_engine_binance' : unit));
      machine.done(`systemctl enable --now ${names.join(' ')}`);

      expect(UNITS.map((unit) => show(unit, 'ActiveState'))).toEqual(UNITS.map(() => 'active'));
      await trading();
    });

    it('lets a process write its data and its logs, and nothing else', () => {
      machine.done('/opt/fillwright/deploy/systemd/as-desk.sh sh -c "echo secret >keys/operator.key"');
      const written = (folder: string): string => {
        const { stderr } = machine.sh(`setpriv --reuid fillwright --regid fillwright --clear-groups touch ${folder}/tried`, ENGINE);
        return /Read-only file system|Permission denied/.exec(stderr)?.[0] ?? (stderr === '' ? 'written' : stderr);
      };
      const folders = ['data', 'keys', '../../../etc/fillwright', '../../../opt/fillwright', '../../log/fillwright', '../../../usr/bin'];

      expect(folders.map((folder) => [folder, written(`/var/lib/fillwright/${folder}`)])).toEqual([
        ['data', 'written'],
        ['keys', 'Read-only file system'],
        ['../../../etc/fillwright', 'Read-only file system'],
        ['../../../opt/fillwright', 'Read-only file system'],
        ['../../log/fillwright', 'written'],
        ['../../../usr/bin', 'Read-only file system'],
      ]);
      const status = machine.done(`cat /proc/${show(ENGINE, 'MainPID')}/status`);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
    });

    it('starts an engine again that was killed, and its orders are those of the exchange', async () => {
      const before = show(ENGINE, 'MainPID');
      machine.done(`kill -KILL ${before}`);
      await wait('another engine', () => show(ENGINE, 'ActiveState') === 'active' && show(ENGINE, 'MainPID') !== before);
      await trading();

      expect(show(ENGINE, 'NRestarts')).toBe('1');
      await wait('as many orders as at the exchange', () => health().openOrders === openOrders(keyOf('demo')).length);
    });

    it('ends an engine whose loop is stuck, and starts it again', async () => {
      machine.done(`kill -STOP ${show(ENGINE, 'MainPID')}`);
      await wait('the watchdog', () => show(ENGINE, 'Result') === 'watchdog' || show(ENGINE, 'NRestarts') === '2');
      await trading();

      expect(show(ENGINE, 'NRestarts')).toBe('2');
    });

    it('comes back by itself when the machine lost its power', async () => {
      const { epoch } = health();
      await machine.cutPower();
      await machine.boot();
      await trading();

      expect(Number(health().epoch)).toBeGreaterThan(Number(epoch));
    });

    it('speaks under keys of the bus, made as documented, and to nobody without one', async () => {
      const asDesk = '/opt/fillwright/deploy/systemd/as-desk.sh';
      for (const name of ['market_server_binance', 'trading_engine_binance', 'position_server_binance', 'trader']) {
        const keys = `CURVE_KEY_FILE=keys/${name}.key\\nCURVE_PEERS_FILE=keys/peers.json`;
        machine.done(
          `sed -i "/^\\[ZMQ\\]/a ${keys}" /etc/fillwright/${name}.ini; ${asDesk} fillwright keys make /etc/fillwright/${name}.ini`,
        );
      }
      machine.done(`rm -f /var/lib/fillwright/keys/operator.key; ${asDesk} fillwright keys make --name operator --roles control`);
      machine.done(`systemctl restart ${UNITS.slice(1).join(' ')}`);
      await trading();

      const operator = 'FILLWRIGHT_CURVE_KEY_FILE=keys/operator.key FILLWRIGHT_CURVE_PEERS_FILE=keys/peers.json';
      expect(machine.done(`${asDesk} env ${operator} fillwright orders /etc/fillwright/trading_engine_binance.ini`)).toMatch(
        /BTCUSDT|ETHUSDT/,
      );
      const plain = '/var/lib/fillwright/plain.ini';
      machine.done(`sed /^CURVE/d /etc/fillwright/trading_engine_binance.ini >${plain}; chown fillwright ${plain}`);
      expect(machine.sh(`${asDesk} fillwright orders ${plain}`)).toMatchObject({ status: 3, stderr: expect.stringContaining('8002') });
    });

    it('takes the keys of another account as credentials that nobody else can read', async () => {
      const second = keyOf('second');
      machine.done(`cd /etc/fillwright/secrets; echo ${second.key} >binance_api_key; echo ${second.secret} >binance_api_secret`);
      machine.done(`${ROOT}/deploy/systemd/install.sh; sed -i 's/^ACCOUNT_ID=.*/ACCOUNT_ID=second/' /etc/fillwright/*.ini`);
      machine.done(`systemctl restart ${UNITS.slice(1).join(' ')}`);
      await trading(second);

      const read = (unit: string): string => {
        const as = 'setpriv --reuid fillwright --regid fillwright --clear-groups';
        return machine
          .sh(`${as} cat /run/credentials/${ENGINE}.service/api_secret /etc/fillwright/secrets/binance_api_secret`, unit)
          .stdout.trim();
      };
      expect([read(ENGINE), read('fillwright-trader@trader')]).toEqual([second.secret, '']);
    });

    it('stops the engine by its documented name, and no order of it stays', async () => {
      machine.done('systemctl stop trading_engine_binance');
      await wait('the engine has stopped', () => show(ENGINE, 'ActiveState') === 'inactive');

      expect(show(ENGINE, 'Result')).toBe('success');
      expect(openOrders(keyOf('second'))).toEqual([]);
    });

    it('does not start again what its configuration refuses, and says why', async () => {
      machine.done("sed -i 's/^LOG_LEVEL=.*/LOG_LEVEL=LOUD/' /etc/fillwright/trading_engine_binance.ini");
      expect(machine.sh('systemctl start trading_engine_binance').status).not.toBe(0);

      expect([show(ENGINE, 'ActiveState'), show(ENGINE, 'ExecMainStatus')]).toEqual(['failed', '2']);
      expect(logTail()).toMatch(/trading_engine_binance\.ini:\d+ .*LOG_LEVEL/);
    });
  });
