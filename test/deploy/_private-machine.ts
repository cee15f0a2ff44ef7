/**
 * A machine of its own for the scripts of systemd, as far as files go: a mount namespace in which /opt, /etc, /var/lib and /var/log are
 * folders that go with the test. systemd is a stand-in that says its version and writes down what it was told.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, type Said } from './_docker.ts';

export const OWN = ['opt', 'etc', 'var/lib', 'var/log'];
/** What the programs of the system need from /etc; users, services and secrets of this machine stay where they are. */
const TAKEN = ['alternatives', 'default', 'ld.so.cache', 'login.defs', 'nsswitch.conf', 'pam.d', 'security'];

/** Why there can be none here; `undefined` when there can. */
export function whyNoPrivateMachine(): string | undefined {
  if (process.platform !== 'linux') return 'systemd is for Linux';
  if (process.getuid?.() !== 0) return 'the scripts of systemd are for root';
  const { status, stderr } = run('unshare', ['--mount', 'sh', '-c', 'mount --bind /tmp /opt']);
  return status === 0 ? undefined : `no mount namespace of its own: ${stderr.trim()}`;
}

export class PrivateMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'fillwright-machine-'));
  /** A checkout in which `npm ci` ran, small enough to be installed in no time: the scripts and INI files are the real ones. */
  readonly checkout = join(this.folder, 'checkout');
  systemdVersion = 252;

  constructor() {
    for (const own of OWN) mkdirSync(join(this.folder, own), { recursive: true });
    for (const name of TAKEN.filter((taken) => existsSync(`/etc/${taken}`))) run('cp', ['-a', `/etc/${name}`, join(this.folder, 'etc')]);
    put(join(this.folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n', 0o644);
    put(join(this.folder, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n', 0o644);
    for (const name of ['shadow', 'gshadow']) put(join(this.folder, 'etc', name), '', 0o600);
    mkdirSync(join(this.folder, 'etc/systemd/system'), { recursive: true });
    this.#standIn('systemctl', `[ "$1" = --version ] && echo "systemd $SYSTEMD_VERSION"; echo "$*" >>${this.folder}/systemctl.log`);
    this.#standIn('systemd-notify', ':');
    this.write('package.json', '{}\n');
    this.write('packages/venue/src/mod.ts', 'export {};\n');
    this.write('node_modules/.bin/node', '#!/bin/sh\n', 0o755);
    this.write('docs/deployment.md', '# Deployment\n');
    for (const part of ['config', 'deploy/systemd']) cpSync(join(ROOT, part), join(this.checkout, part), { recursive: true });
  }

  /** A file of the checkout. */
  write(path: string, text: string, mode = 0o644): void {
    put(join(this.checkout, path), text, mode);
  }

  /** Root on this machine runs it. */
  sh(command: string): Said {
    const mounts = OWN.map((own) => `mount --bind ${this.folder}/${own} /${own}`).join('; ');
    const env = { PATH: `${this.folder}/bin:${process.env.PATH}`, SYSTEMD_VERSION: String(this.systemdVersion) };
    return run('unshare', ['--mount', 'sh', '-euc', `${mounts}; ${command}`], { cwd: '/', env });
  }

  /** The same; its output. @throws Error with what it said when it fails. */
  done(command: string): string {
    const { status, stdout, stderr } = this.sh(command);
    if (status !== 0) throw new Error(`${command}: ${status} ${stdout}${stderr}`);
    return stdout.trim();
  }

  script(name: string, ...args: readonly string[]): string {
    return this.done([`${this.checkout}/deploy/systemd/${name}.sh`, ...args].join(' '));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Nothing when the folder is absent. */
  list(folder: string): readonly string[] {
    const path = join(this.folder, folder);
    return existsSync(path) ? readdirSync(path).sort() : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #standIn(name: string, text: string): void {
    put(join(this.folder, 'bin', name), `#!/bin/sh\n${text}\n`, 0o755);
  }
}

function put(path: string, text: string, mode: number): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text, { mode });
}
