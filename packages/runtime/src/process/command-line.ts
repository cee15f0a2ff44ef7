/** The command line that all services share: `[EXCHANGE] [config path]` and a few flags. */
import { Command, CommanderError, Option } from 'commander';
import { AppError } from '../app-error.ts';
import type { LogLevel } from '../ports/log.ts';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

export interface CommandLineSpec {
  /** As typed: `trading-engine`. */
  readonly name: string;
  readonly doc: string;
  /** The file when none is given; `undefined` when that cannot be told without an exchange. */
  readonly defaultConfigPath: (exchange: string | undefined) => string | undefined;
  readonly extraFlags: readonly { readonly flag: `--${string}`; readonly doc: string }[];
}

export type CommandLine =
  /** `--help`: print and end well. */
  | { readonly type: 'help'; readonly text: string }
  | {
      readonly type: 'run';
      /** In capitals; absent when only a path was given. */
      readonly exchange: string | undefined;
      readonly configPath: string;
      readonly daemon: boolean;
      readonly verbose: boolean;
      readonly json: boolean;
      readonly logLevel: LogLevel | undefined;
      /** The extra flag that was given. */
      readonly extra: string | undefined;
    };

/** @throws AppError `RUN_USAGE` */
export function parseCommandLine(spec: CommandLineSpec, args: readonly string[]): CommandLine {
  let help = '';
  const command = commandOf(spec).configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { type: 'help', text: help };
    throw usage(spec, error instanceof Error ? error.message.replace(/^error: /, '') : String(error));
  }
  return settle(spec, command);
}

function settle(spec: CommandLineSpec, command: Command): CommandLine {
  const [first, second] = command.args;
  const options = command.opts<Record<string, unknown>>();
  const firstIsPath = second === undefined && first !== undefined && /[./\\]/.test(first);
  const exchange = firstIsPath ? undefined : first?.toUpperCase();
  const configPath = (firstIsPath ? first : second) ?? spec.defaultConfigPath(exchange?.toLowerCase());
  if (configPath === undefined) throw usage(spec, 'give an exchange (BINANCE) or the path of a configuration file');

  const extras = spec.extraFlags.filter(({ flag }) => options[optionName(flag)] === true).map(({ flag }) => flag);
  if (extras.length > 1) throw usage(spec, `give only one of ${extras.join(', ')}`);
  const level = options.logLevel;
  return {
    type: 'run',
    exchange,
    configPath,
    daemon: options.daemon === true,
    verbose: options.verbose === true,
    json: options.json === true,
    logLevel: typeof level === 'string' ? logLevelOf(level) : undefined,
    extra: extras[0],
  };
}

/** `WARN` → `warn` */
export function logLevelOf(word: string): LogLevel {
  const lower = word.toLowerCase();
  return lower === 'debug' || lower === 'warn' || lower === 'error' ? lower : 'info';
}

function commandOf(spec: CommandLineSpec): Command {
  const command = new Command(spec.name)
    .description(spec.doc)
    .argument('[exchange]', 'BINANCE')
    .argument('[config]', 'path of the INI file; without it the one in config/ for that exchange')
    .allowExcessArguments(false)
    .exitOverride()
    .option('--daemon', 'run in the background, with a pid file and log files')
    .addOption(new Option('--log-level <level>', 'least severe lines to log').choices(LOG_LEVELS).argParser(levelParser))
    .option('--verbose', 'write log lines to stderr too')
    .option('--json', 'exactly one line of JSON on stdout, also on failure');
  for (const { flag, doc } of spec.extraFlags) command.option(flag, doc);
  return command;
}

function levelParser(value: string): string {
  const level = LOG_LEVELS.find((known) => known === value.toUpperCase());
  if (level === undefined) throw new CommanderError(2, 'usage', `--log-level takes one of ${LOG_LEVELS.join(', ')}, not ${value}`);
  return level;
}

/** `--test-auth` → `testAuth`, as commander names it. */
function optionName(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function usage(spec: CommandLineSpec, message: string): AppError {
  return new AppError('RUN_USAGE', `${message}; see ${spec.name} --help`);
}
