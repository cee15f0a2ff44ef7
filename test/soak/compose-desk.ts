/** The containers of a Compose project that somebody else started; from the host, by the pids and addresses that Docker tells. */
import { docker } from '../deploy/_docker.ts';
import { metricsPage, type Target, type Watchable } from './process-desk.ts';

const STATUS_PORTS: Readonly<Record<string, number>> = {
  'exchange-simulator': 9105,
  'market-server': 9101,
  'trading-engine': 9102,
  'position-server': 9103,
  trader: 9104,
};
const ERROR_LINE = /"level":"error"/i;

/** @throws Error when a process of the desk has no container. */
export function watchCompose(project: string): Watchable {
  const targets = Object.entries(STATUS_PORTS).map(([name, port]) => targetOf(project, name, port));
  return { targets, errors: () => new Map(targets.map(({ name }) => [name, errorLines(project, name)])), dispose: async () => {} };
}

function containerOf(project: string, name: string): string {
  const label = 'label=com.docker.compose';
  const found = docker('ps', '-aq', '--filter', `${label}.project=${project}`, '--filter', `${label}.service=${name}`).split('\n')[0];
  if (!found) throw new Error(`project ${project} has no container of ${name}; start it with docker-compose -p ${project} up -d`);
  return found;
}

function targetOf(project: string, name: string, port: number): Target {
  const container = containerOf(project, name);
  const inspect = (format: string): string => docker('inspect', '--format', format, container);
  const [address = ''] = inspect('{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}').trim().split(' ');
  const pid = Number(inspect('{{.State.Pid}}'));
  return {
    name,
    pid,
    get restarts() {
      return Number(inspect('{{.RestartCount}}')) + (Number(inspect('{{.State.Pid}}')) === pid ? 0 : 1);
    },
    metrics: () => metricsPage(address, port),
  };
}

/** In the log files of a process, those that it has rotated too. */
function errorLines(project: string, name: string): number {
  const text = docker('exec', containerOf(project, name), 'sh', '-c', 'cat logs/*.log*');
  return text.split('\n').filter((line) => ERROR_LINE.test(line)).length;
}
