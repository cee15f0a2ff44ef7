/**
 * A machine of its own with systemd itself as its first process: namespaces of processes, mounts, network and control groups, in which /opt,
 * /etc, /var/lib and /var/log are folders that go with the test, and nothing is started but what the test installs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../_stack/wait.ts';
import { run, type Said } from './_docker.ts';
import { OWN, PrivateMachine, whyNoPrivateMachine } from './_private-machine.ts';

const SYSTEMD = '/lib/systemd/systemd';
const UNITS = '/lib/systemd/system';
const NAMESPACES = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--net'];
/** Of what every system starts: the log, and no more. What else it wants is hidden. */
const KEPT = ['systemd-journald.service', 'systemd-journald.socket', 'systemd-journald-dev-log.socket'];
const OWN_SYSTEM = [
  'mount -t proc proc /proc',
  'mount -t tmpfs -o mode=755 tmpfs /run',
  'mount -t sysfs -o ro sysfs /sys',
  'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
  // systemd mounts credentials beside itself and has them appear here.
  'mount --make-rshared /',
].join('; ');
const BOOT_MS = 30_000;

/** Why there can be none here; `undefined` when there can. */
export function whyNoLiveMachine(): string | undefined {
  const why = whyNoPrivateMachine();
  if (why !== undefined) return why;
  if (!existsSync(SYSTEMD)) return `no systemd: ${SYSTEMD} is absent`;
  const { status, stderr } = run('unshare', [...NAMESPACES, '--fork', 'sh', '-euc', OWN_SYSTEM]);
  return status === 0 ? undefined : `no namespaces of its own: ${stderr.trim()}`;
}

export class LiveMachine extends PrivateMachine {
  #outside: ChildProcess | undefined;

  constructor() {
    super();
    const etc = join(this.folder, 'etc');
    writeFileSync(join(etc, 'machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
    writeFileSync(join(etc, 'hosts'), '127.0.0.1 localhost\n');
    const wanted = readdirSync(UNITS).filter((name) => name.endsWith('.wants'));
    const names = new Set(wanted.flatMap((folder) => readdirSync(join(UNITS, folder))));
    for (const name of names) if (!KEPT.includes(name)) symlinkSync('/dev/null', join(etc, 'systemd/system', name));
  }

  async boot(): Promise<void> {
    const own = OWN.map((folder) => `mount --bind ${this.folder}/${folder} /${folder}`).join('; ');
    const start = `exec ${SYSTEMD} --system --unit=multi-user.target --show-status=no`;
    this.#outside = spawn('unshare', [...NAMESPACES, '--fork', '--kill-child', 'sh', '-euc', `${own}; ${OWN_SYSTEM}; ${start}`], {
      // systemd hands it on to everything that it starts.
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container: 'fillwright-test' },
      stdio: 'ignore',
    });
    await until('systemd is up', () => /^(running|degraded)$/.test(this.sh('systemctl is-system-running').stdout.trim()), {
      withinMs: BOOT_MS,
      everyMs: 200,
      describe: () => this.sh('systemctl list-jobs; journalctl --no-pager -n 20').stdout,
    });
  }

  /** As when the power goes: nothing is told, every process is gone. */
  async cutPower(): Promise<void> {
    const outside = this.#outside;
    this.#outside = undefined;
    if (outside === undefined) return;
    const gone = new Promise((resolve) => outside.once('exit', resolve));
    outside.kill('SIGKILL');
    await gone;
  }

  /** Root on that machine runs it; with `unit`, as the unit's own process sees the machine. */
  override sh(command: string, unit?: string): Said {
    return run('nsenter', [...this.#inside(unit), '--', 'sh', '-euc', command], { cwd: '/' });
  }

  #inside(unit: string | undefined): readonly string[] {
    const outside = this.#outside?.pid;
    if (outside === undefined) throw new Error('the machine is off');
    const [first = ''] = readFileSync(`/proc/${outside}/task/${outside}/children`, 'utf8').split(' ');
    const all = ['--target', first, ...NAMESPACES];
    if (unit === undefined) return all;
    const { stdout } = this.sh(`systemctl show --property MainPID --value ${unit}`);
    return [...all, 'nsenter', '--target', stdout.trim(), '--mount'];
  }
}
