/** `npm start -- [--seconds N] [--json] [--config-dir DIR] [--no-restart] [--keep-data] [--plain]`. */
import { AppError } from '@fillwright/runtime';
import { Command, CommanderError } from 'commander';

export interface LauncherOptions {
  /** `undefined`: until told to stop. */
  readonly seconds: number | undefined;
  readonly json: boolean;
  readonly configFolder: string;
  readonly restart: boolean;
  readonly keepData: boolean;
  /** Lines instead of the screen. */
  readonly plain: boolean;
}

export type LauncherLine = { readonly type: 'help'; readonly text: string } | ({ readonly type: 'run' } & LauncherOptions);

const MAX_SECONDS = 86_400;

/** @throws AppError `RUN_USAGE` */
export function parseLauncherLine(args: readonly string[]): LauncherLine {
  let help = '';
  const command = new Command('npm start --')
    .description('Brings up the whole desk on this machine: exchange-simulator, market-server, trading-engine, position-server, trader.')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    })
    .option('--seconds <n>', 'trade that long, compare the books of all, and stop')
    .option('--json', 'exactly one line of JSON on stdout, also on failure; needs --seconds')
    .option('--config-dir <dir>', 'folder of the INI files', 'config')
    .option('--no-restart', 'end when a process dies, instead of starting it again')
    .option('--keep-data', 'go on with the data folder of the INI files instead of a fresh one')
    .option('--plain', 'one line a second instead of the screen');
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { type: 'help', text: help };
    throw usage(error instanceof Error ? error.message.replace(/^error: /, '') : String(error));
  }
  const options = command.opts<Record<string, unknown>>();
  const seconds = options.seconds === undefined ? undefined : secondsOf(String(options.seconds));
  const json = options.json === true;
  if (json && seconds === undefined) throw usage('--json needs --seconds N');
  return {
    type: 'run',
    seconds,
    json,
    configFolder: String(options.configDir),
    restart: options.restart !== false,
    keepData: options.keepData === true,
    plain: options.plain === true,
  };
}

function secondsOf(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_SECONDS) throw usage(`--seconds takes a whole number from 1 to ${MAX_SECONDS}, not ${text}`);
  return seconds;
}

function usage(message: string): AppError {
  return new AppError('RUN_USAGE', `${message}; see npm start -- --help`);
}
