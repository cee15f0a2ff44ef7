/** `zmq-test FILE`: checks every endpoint that the file names, all at once, and says which do not work and why. */
import { AppError, type EdgePorts, EXIT, type ExitCode, Sender } from '@fillwright/runtime';
import { Command, CommanderError } from 'commander';
import { durationText } from '../view/figures.ts';
import { type Cell, type Column, table } from '../view/table.ts';
import { type Line, lineText, span } from '../view/text.ts';
import { TOOLS_SOURCE } from '../watch/service-desk.ts';
import { checkEndpoint, type EndpointReport } from './endpoint-check.ts';
import { listEndpoints } from './endpoint-list.ts';

const WIDTH = 500;
const COLUMNS: readonly Column[] = [
  { title: 'KEY', align: 'left' },
  { title: 'ENDPOINT', align: 'left' },
  { title: 'REACHABLE', align: 'left' },
  { title: 'HANDSHAKE', align: 'left' },
  { title: 'HEARTBEAT', align: 'right' },
  { title: 'ROUND TRIP', align: 'right' },
  { title: 'GAPS', align: 'right' },
  { title: '', align: 'left', rest: true },
];

export async function runZmqTest(ports: EdgePorts, args: readonly string[]): Promise<ExitCode> {
  const options = parse(args);
  if (typeof options === 'string') {
    ports.terminal.write(options);
    return EXIT.ok;
  }
  const { path, json, seconds } = options;
  const list = listEndpoints(path, ports.secrets.environment);
  const epoch = Math.floor(ports.clock.wallUs() / 1_000_000);
  const sender = new Sender({ src: TOOLS_SOURCE, exchange: list.exchange, account: list.account, epoch }, ports.clock);
  const reports = await Promise.all(list.endpoints.map((endpoint) => checkEndpoint(ports, sender, endpoint, seconds)));
  const exitCode = exitCodeFor(reports);
  if (json) {
    ports.terminal.write(`${JSON.stringify({ ok: exitCode === EXIT.ok, process: list.process, endpoints: reports })}\n`);
    return exitCode;
  }
  const colours = ports.terminal.interactive && ports.secrets.environment('NO_COLOR') === undefined;
  for (const line of reportLines(reports)) ports.terminal.write(`${lineText(line, colours).trimEnd()}\n`);
  const needed = reports.filter(({ absent }) => !absent);
  const bad = needed.filter(({ problem }) => problem !== '').length;
  ports.terminal.write(
    bad === 0 ? `all ${needed.length} endpoints of ${path} work\n` : `${bad} of ${reports.length} endpoints do not work\n`,
  );
  return exitCode;
}

/** Not there at all is 3; there but losing messages is 1. */
export function exitCodeFor(reports: readonly EndpointReport[]): ExitCode {
  const bad = reports.filter(({ problem, absent }) => problem !== '' && !absent);
  if (bad.length === 0) return EXIT.ok;
  return bad.every(({ gaps, heartbeatAgeMs }) => gaps !== null && gaps > 0 && heartbeatAgeMs !== null) ? EXIT.failed : EXIT.unreachable;
}

export function reportLines(reports: readonly EndpointReport[]): readonly Line[] {
  const rows = reports.map((report): readonly Cell[] => [
    span(report.key, 'bold'),
    span(report.endpoint),
    yesNo(report.reachable),
    yesNo(report.handshake),
    span(report.heartbeatAgeMs === null ? '–' : `${report.heartbeatAgeMs} ms`),
    span(report.roundTripUs === null ? '–' : durationText(report.roundTripUs)),
    span(report.gaps === null ? '–' : String(report.gaps), (report.gaps ?? 0) > 0 ? 'warn' : 'plain'),
    span(report.problem, 'warn'),
  ]);
  return table(COLUMNS, rows, WIDTH);
}

function yesNo(yes: boolean) {
  return yes ? span('yes', 'good') : span('NO', 'bad');
}

interface ZmqTestOptions {
  readonly path: string;
  readonly json: boolean;
  readonly seconds: number;
}

/** A text: the help that was asked for. @throws AppError `RUN_USAGE` */
function parse(args: readonly string[]): ZmqTestOptions | string {
  let help = '';
  const command = new Command('zmq-test')
    .description('Checks each endpoint that an INI file names: reachable, ZMQ handshake, heartbeat, service round trip, gaps.')
    .argument('<config>', 'path of the INI file of any process')
    .option('--json', 'exactly one line of JSON on stdout')
    .option('--seconds <n>', 'how long to listen', '3')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return help;
    throw usage(error instanceof Error ? error.message.replace(/^error: /, '') : String(error));
  }
  const { json, seconds } = command.opts<{ json?: true; seconds: string }>();
  if (!/^\d{1,3}$/.test(seconds) || Number(seconds) < 1) throw usage(`--seconds takes a whole number from 1 to 999, not ${seconds}`);
  return { path: command.args[0] ?? '', json: json === true, seconds: Number(seconds) };
}

function usage(message: string): AppError {
  return new AppError('RUN_USAGE', `${message}; see zmq-test --help`);
}
