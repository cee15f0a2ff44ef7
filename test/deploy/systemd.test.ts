/** The systemd units and their scripts: understood by systemd, closed as far as they promise, and nothing in them that would be ignored. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, run } from './_docker.ts';

const FOLDER = join(ROOT, 'deploy/systemd');
/** 0 is closed, 100 is open; what is left is the network and the just-in-time compiler. */
const EXPOSURE = 20;
const services = readdirSync(FOLDER).filter((name) => name.endsWith('.service'));
const isSystemd = run('systemd-analyze', ['--version']).status === 0;

describe('the units', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fillwright-units-'));
    cpSync(FOLDER, folder, { recursive: true });
    // As installed, but from this checkout.
    for (const name of services) {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('/opt/fillwright', ROOT));
    }
    const alias = readFileSync(join(FOLDER, 'trading_engine.alias'), 'utf8').replaceAll('%EXCHANGE%', 'binance');
    writeFileSync(join(folder, 'trading_engine_binance.service'), alias);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are one for each process', () => {
    expect(services.map((name) => name.replace(/^fillwright-|@?\.service$/g, '')).sort()).toEqual([
      'exchange-simulator',
      'market-server',
      'position-server',
      'trader',
      'trading-engine',
    ]);
  });

  it.each(services)(
    '%s: a watchdog, no root, keys of the bus it cannot change, restarts without end but none on a refused configuration',
    (name) => {
      const unit = readFileSync(join(FOLDER, name), 'utf8');
      for (const line of [
        'Type=notify',
        'WatchdogSec=30',
        'User=fillwright',
        'NoNewPrivileges=yes',
        'RestartPreventExitStatus=2',
        'Restart=on-failure',
        'StartLimitIntervalSec=0',
        'ProtectSystem=strict',
        'ReadOnlyPaths=-/var/lib/fillwright/keys',
      ])
        expect(unit).toContain(`\n${line}\n`);
      // V8 compiles while it runs, libzmq sets the scheduling of its threads: with these on, nothing would start.
      expect(unit).not.toMatch(/^MemoryDenyWriteExecute=yes|^SystemCallFilter=~.*@resources/m);
    },
  );

  if (isSystemd) {
    it('are verified by systemd without a word', () => {
      const paths = [...services, 'trading_engine_binance.service'].map((name) => join(folder, name.replace('@.', '@binance.')));
      const { stdout, stderr, status } = run('systemd-analyze', ['verify', '--man=no', ...paths]);
      // Of the machine's own units nothing is known here.
      const said = `${stdout}${stderr}`.split('\n').filter((line) => /fillwright|trading_engine/.test(line));
      expect({ status, said }).toEqual({ status: 0, said: [] });
    });

    it.each(services)('%s is exposed no more than it has to be', (name) => {
      const { status, stdout, stderr } = run('systemd-analyze', [
        'security',
        '--offline=yes',
        `--threshold=${EXPOSURE}`,
        '--no-pager',
        join(folder, name),
      ]);
      expect({ status, last: status === 0 ? '' : `${stdout.trim().split('\n').at(-1)} ${stderr}` }).toEqual({ status: 0, last: '' });
    });
  } else it.skip('are verified by systemd (skipped: systemd-analyze is not installed)', () => {});

  it.each(['install.sh', 'uninstall.sh'])('%s is sound to the shell, and does nothing for who is not root', (name) => {
    expect(run('bash', ['-n', join(FOLDER, name)]).status).toBe(0);
    if (process.getuid?.() !== 0) expect(run(join(FOLDER, name), []).status).toBe(2);
    const { status } = spawnSync('bash', [join(FOLDER, name), name === 'install.sh' ? '../etc' : '--nonsense'], { encoding: 'utf8' });
    expect(status).toBe(2);
  });
});
