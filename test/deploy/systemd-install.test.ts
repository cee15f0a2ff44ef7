/** install.sh and uninstall.sh of the systemd units, on a machine of their own: what they copy, keep, replace and take away. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PrivateMachine, whyNoPrivateMachine } from './_private-machine.ts';

const why = whyNoPrivateMachine();

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
  });
