/** The command line of `fillwright`: one question or one order to one process, or one look at a journal, then it ends. */
import { AppError, type EdgePorts, EXIT, type ExitCode } from '@fillwright/runtime';
import { Argument, Command, CommanderError } from 'commander';
import { lineText } from '../view/text.ts';
import { ServiceDesk } from '../watch/service-desk.ts';
import { addAccountCommands } from './account-commands.ts';
import { ACTIONS, type Action, type CommandResult, control, listOrders, listPositions, type Target, targetOf } from './commands.ts';
import { addJournalCommands, type JournalAsked } from './journal-line.ts';
import { addKeyCommands, type KeysAsked } from './keys-line.ts';
import { addSettleCommand } from './settle-line.ts';

interface AskedService {
  readonly path: string;
  readonly json: boolean;
  run(desk: ServiceDesk, target: Target): Promise<CommandResult>;
}

export async function runCli(ports: EdgePorts, args: readonly string[]): Promise<ExitCode> {
  const asked = parse(ports, args);
  if (typeof asked === 'string') {
    ports.terminal.write(asked);
    return EXIT.ok;
  }
  if (!('path' in asked)) {
    const { exitCode, json, lines } = asked.run();
    for (const text of asked.json ? [JSON.stringify(json)] : lines) ports.terminal.write(`${text}\n`);
    return exitCode;
  }
  const target = targetOf(asked.path, ports.secrets.environment);
  const desk = new ServiceDesk(ports, target);
  try {
    const { json, lines, exitCode = EXIT.ok } = await asked.run(desk, target);
    const colours = ports.terminal.interactive && ports.secrets.environment('NO_COLOR') === undefined;
    const texts = asked.json ? [JSON.stringify(json)] : lines.map((line) => lineText(line, colours).trimEnd());
    for (const text of texts) ports.terminal.write(`${text}\n`);
    return exitCode;
  } finally {
    await desk.close();
  }
}

/** A text: the help that was asked for. @throws AppError `RUN_USAGE` */
function parse(ports: EdgePorts, args: readonly string[]): AskedService | JournalAsked | KeysAsked | string {
  let help = '';
  let asked: AskedService | JournalAsked | KeysAsked | undefined;
  const output = {
    writeOut: (text: string) => {
      help += text;
    },
    writeErr: () => {},
  };
  const program = new Command('fillwright').description('Looks at a running desk and steers it.').exitOverride().configureOutput(output);
  const below = (parent: Command) => (name: string, doc: string) =>
    parent.command(name).description(doc).option('--json', 'exactly one line of JSON on stdout').exitOverride().configureOutput(output);
  const command = below(program);
  const orders = command('orders', 'orders that are not closed, those with an unknown outcome first')
    .argument('[config]', 'file of the trading-engine', 'config/trading_engine_binance.ini')
    .action((path: string, { json }: { json?: true }) => {
      asked = { path, json: json === true, run: (desk, target) => listOrders(desk, target, ports.clock) };
    });
  addSettleCommand(below(orders), (given) => {
    asked = given;
  });
  command('positions', 'positions, profit and balance of the ledger')
    .argument('[config]', 'file of the position-server', 'config/position_server_binance.ini')
    .action((path: string, { json }: { json?: true }) => {
      asked = { path, json: json === true, run: listPositions };
    });
  command('control', 'tells an engine or a trader what to do; it stands in its audit record')
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('[config]', 'file of the trading-engine or trader', 'config/trading_engine_binance.ini')
    .requiredOption('--why <text>', 'the reason, for the audit record')
    .action((action: Action, path: string, { json, why }: { json?: true; why: string }) => {
      asked = { path, json: json === true, run: (desk, target) => control(desk, target, action, why) };
    });
  addAccountCommands(command, (given) => {
    asked = given;
  });
  const journal = program.command('journal').description("looks at an engine's journal, also while it runs").exitOverride();
  addJournalCommands(below(journal.configureOutput(output)), (given) => {
    asked = given;
  });
  journal.action(() => {
    throw usage('journal needs one of verify, replay, tail');
  });
  const keys = program.command('keys').description('makes, lists and revokes the CURVE keys of a desk').exitOverride();
  addKeyCommands(ports, below(keys.configureOutput(output)), (given) => {
    asked = given;
  });
  keys.action(() => {
    throw usage('keys needs one of make, list, revoke');
  });
  if (args.length === 0) return program.helpInformation();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return help;
    if (error instanceof AppError) throw error;
    throw usage(error instanceof Error ? error.message.replace(/^error: /, '') : String(error));
  }
  if (asked === undefined) throw usage('give a command');
  return asked;
}

function usage(message: string): AppError {
  return new AppError('RUN_USAGE', `${message}; see fillwright --help`);
}
