/**
 * Arms one failpoint: the process kills itself with SIGKILL at its n-th passage. Refused unless every address of the configuration is this
 * machine's own, so that no desk that trades anywhere else can be hit by a forgotten variable; and said loudly.
 */
import { writeSync } from 'node:fs';
import { AppError } from '../app-error.ts';
import { hostClass } from '../config/venue-host.ts';
import { FAILPOINTS, type Failpoint, type Failpoints } from '../ports/failpoints.ts';
import type { EdgePorts } from '../ports/ports.ts';

/** `engine.sending-journaled`, or `engine.sending-journaled:3` for the third passage. */
export const FAILPOINT_VARIABLE = 'FILLWRIGHT_FAILPOINT';

const STDERR = 2;

/** The ports as they are without the variable. @throws AppError `CFG_FAILPOINT` */
export function withFailpoints(ports: EdgePorts, config: unknown): EdgePorts {
  const wanted = ports.secrets.environment(FAILPOINT_VARIABLE);
  if (wanted === undefined) return ports;
  const { name, passage } = parse(wanted);
  const elsewhere = addressesIn(config).find((address) => !isOwn(address));
  if (elsewhere !== undefined)
    throw new AppError('CFG_FAILPOINT', `${FAILPOINT_VARIABLE} is for tests on one machine, and ${elsewhere} is elsewhere: unset it`);
  ports.log.error('failpoint-armed', { code: 'CFG_FAILPOINT', name, passage });
  ports.terminal.note(`${FAILPOINT_VARIABLE}: this process will kill itself at passage ${passage} of ${name}`);
  return { ...ports, failpoints: armed(name, passage) };
}

function parse(text: string): { readonly name: Failpoint; readonly passage: number } {
  const [wanted, count = '1', ...more] = text.split(':');
  const name = FAILPOINTS.find((known) => known === wanted);
  if (name === undefined || more.length > 0 || !/^[1-9]\d{0,5}$/.test(count))
    throw new AppError('CFG_FAILPOINT', `${FAILPOINT_VARIABLE}=${text}: expected <name>[:<passage>] with one of ${FAILPOINTS.join(', ')}`);
  return { name, passage: Number(count) };
}

function armed(name: Failpoint, passage: number): Failpoints {
  let passed = 0;
  const isLast = (reached: Failpoint): boolean => {
    if (reached !== name) return false;
    passed += 1;
    return passed === passage;
  };
  const die = (about = ''): void => {
    // Not by the log: it writes later, and there is no later.
    writeSync(STDERR, `failpoint ${name} ${about}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  return {
    reach: (reached, about) => {
      if (isLast(reached)) die(about);
    },
    reachAfterTurn: (reached, about) => {
      if (isLast(reached)) setImmediate(() => die(about));
    },
  };
}

/** Every address in a configuration, however deep. */
function addressesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^[a-z]+:\/\//i.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  const inner = value instanceof Map ? [...value.values()] : Object.values(value);
  return inner.flatMap(addressesIn);
}

function isOwn(address: string): boolean {
  return /^(ipc|inproc):/.test(address) || (URL.canParse(address) && hostClass(address) === 'loopback');
}
