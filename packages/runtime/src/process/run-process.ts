/**
 * The life of a process: command line, configuration, ports, start, health, stop, exit code. A service's `main.ts` only calls this.
 * Whatever goes wrong is said once on stderr, with `--json` also as the one line on stdout, and in the log.
 */
import { join } from 'node:path';
import { AppError } from '../app-error.ts';
import { warningText } from '../config/faults.ts';
import { withFailpoints } from '../live/failpoints.ts';
import { createSecrets } from '../live/secrets.ts';
import { createTerminal } from '../live/terminal.ts';
import { createSecretRegistry } from '../observe/secret-registry.ts';
import { Secret } from '../ports/log.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Terminal } from '../ports/terminal.ts';
import { type CommandLine, logLevelOf, parseCommandLine } from './command-line.ts';
import { readConfigFile } from './config-file.ts';
import { DAEMON_VARIABLE, startDaemon } from './daemon.ts';
import type { CommonConfig, CommonSections, ProcessDefinition } from './definition.ts';
import { EXIT, type ExitCode, exitCodeOf, failureLine, failureOf } from './exit-code.ts';
import { type CurveFiles, createLivePorts } from './live-ports.ts';
import { claimPidFile } from './pid-file.ts';
import { runExtra, runService } from './run-service.ts';
import type { Service } from './service.ts';

type RunLine = Extract<CommandLine, { type: 'run' }>;

interface Surroundings {
  readonly terminal: Terminal;
  readonly secrets: Secrets;
  readonly args: readonly string[];
}

/** Runs until the process ends; never returns before. */
export async function runProcess<P extends CommonSections, S extends Service>(definition: ProcessDefinition<P, S>): Promise<void> {
  const around: Surroundings = { terminal: createTerminal(), secrets: createSecrets(), args: process.argv.slice(2) };
  const json = around.args.includes('--json');
  try {
    const exitCode = await begin(definition, around);
    process.exit(exitCode);
  } catch (error) {
    const { code, message } = failureOf(error);
    around.terminal.note(`${definition.name}: ${code}: ${message}`);
    if (json) around.terminal.write(failureLine(error));
    process.exit(exitCodeOf(error));
  }
}

async function begin<P extends CommonSections, S extends Service>(
  definition: ProcessDefinition<P, S>,
  around: Surroundings,
): Promise<ExitCode> {
  const line = parseCommandLine(
    {
      name: definition.name,
      doc: definition.spec.doc,
      defaultConfigPath: definition.defaultConfigPath,
      extraFlags: definition.extras ?? [],
    },
    around.args,
  );
  if (line.type === 'help') {
    around.terminal.write(line.text);
    return EXIT.ok;
  }
  const { value: config, warnings } = readConfigFile(definition.spec, line.configPath, around.secrets.environment);
  // `P extends CommonSections`: these sections are there, and what else a file may have is optional in CommonConfig.
  const common = config as unknown as CommonConfig;
  refuseOtherExchange(line, common);
  const places = placesOf(definition.name, common, around.secrets);
  if (line.daemon) return background(around, common, places, line);

  const { PROCESS_NAME: proc } = common.GLOBAL;
  const registry = createSecretRegistry();
  for (const secret of secretsIn(config)) registry.add(secret);
  const isDaemon = around.secrets.environment(DAEMON_VARIABLE) !== undefined;
  if (isDaemon) {
    const pidFile = claimPidFile(places.pidPath, process.pid);
    // The last thing of all, after the log is written: whoever waits for it finds everything done.
    process.once('exit', () => pidFile.remove());
  }
  const live = createLivePorts({
    proc,
    dataFolder: places.dataFolder,
    logFolder: places.logFolder,
    logLevel: line.logLevel ?? logLevelOf(common.GLOBAL.LOG_LEVEL),
    screenLevel: line.verbose ? 'debug' : 'warn',
    alertOnErrors: common.MONITORING.ALERT_ON_ERRORS,
    httpPoolSize: common.PERFORMANCE?.HTTP_POOL_SIZE,
    terminal: around.terminal,
    secrets: around.secrets,
    registry,
    curve: curveFiles(common),
  });
  const ports = withFailpoints(live, config);
  for (const warning of warnings) ports.log.warn('configuration-warning', { text: warningText(warning) });
  const extra = definition.extras?.find(({ flag }) => flag === line.extra);
  if (extra !== undefined) return await runExtra(extra, ports, config, line.json);
  const readyLine = (service: S, standard: Readonly<Record<string, unknown>>) => {
    if (definition.readyLine !== undefined) return definition.readyLine(service, config);
    return line.json ? standard : undefined;
  };
  return await runService(ports, {
    name: definition.name,
    configPath: line.configPath,
    common,
    json: line.json,
    background: isDaemon,
    build: () => definition.build(ports, config),
    readyLine,
    stopBudgetMs: definition.stopBudgetMs ?? 4_000,
  });
}

function curveFiles({ GLOBAL, ZMQ }: CommonConfig): CurveFiles | undefined {
  const { CURVE_KEY_FILE: keyFile, CURVE_PEERS_FILE: peersFile } = ZMQ ?? {};
  return keyFile === undefined || peersFile === undefined ? undefined : { keyFile, peersFile, processName: GLOBAL.PROCESS_NAME };
}

interface Places {
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly pidPath: string;
}

/**
 * `<data>/<exchange>/<account>/<process>[-<trader>]`: by role, not by PROCESS_NAME, so that a second engine of an account meets the lock
 * of the first whatever it is called.
 */
function placesOf(name: string, { GLOBAL, JOURNAL, LEDGER }: CommonConfig, secrets: Secrets): Places {
  const root = JOURNAL?.JOURNAL_DIR ?? LEDGER?.DATA_DIR ?? secrets.environment('FILLWRIGHT_DATA_DIR') ?? 'data';
  const role = GLOBAL.TRADER_ID === undefined ? name : `${name}-${GLOBAL.TRADER_ID}`;
  return {
    dataFolder: join(
      root,
      ...(GLOBAL.EXCHANGE_NAME === undefined ? [] : [GLOBAL.EXCHANGE_NAME.toLowerCase()]),
      GLOBAL.ACCOUNT_ID ?? '',
      role,
    ),
    logFolder: secrets.environment('FILLWRIGHT_LOG_DIR') ?? 'logs',
    pidPath: join(root, `${GLOBAL.PROCESS_NAME}.pid`),
  };
}

async function background(around: Surroundings, { GLOBAL, PERFORMANCE }: CommonConfig, places: Places, line: RunLine): Promise<ExitCode> {
  const outputPath = join(places.logFolder, `${GLOBAL.PROCESS_NAME}.out`);
  const { pid, up } = await startDaemon({
    args: around.args,
    pidPath: places.pidPath,
    outputPath,
    heapLimitMb: PERFORMANCE?.MEMORY_LIMIT_MB,
  });
  const state = up ? 'runs' : 'was started, but is not up yet';
  const log = join(places.logFolder, `${GLOBAL.PROCESS_NAME}.log`);
  around.terminal.note(
    `${GLOBAL.PROCESS_NAME} ${state}: process ${pid}, log ${log}, pid file ${places.pidPath}; stop it with: kill ${pid}`,
  );
  if (line.json) around.terminal.write(`${JSON.stringify({ ok: true, daemon: true, up, pid, log, pidFile: places.pidPath })}\n`);
  return EXIT.ok;
}

function refuseOtherExchange(line: RunLine, { GLOBAL }: CommonConfig): void {
  if (line.exchange === undefined || GLOBAL.EXCHANGE_NAME === undefined || line.exchange === GLOBAL.EXCHANGE_NAME) return;
  const message = `${line.configPath} is for ${GLOBAL.EXCHANGE_NAME}, but the command line says ${line.exchange}; give the file of that exchange`;
  throw new AppError('CFG_OTHER_EXCHANGE', message);
}

/** Every secret of a configuration, however deep (named sections are maps). */
function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const inner = value instanceof Map ? [...value.values()] : Object.values(value);
  return inner.flatMap(secretsIn);
}
