/** The words of `fillwright journal` on the command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { type JournalResult, replayCommand, tailCommand, verifyCommand } from './journal.ts';

const TAIL = 20;
const MAX_TAIL = 10_000;

export interface JournalAsked {
  readonly json: boolean;
  run(): JournalResult;
}

type AddCommand = (name: string, doc: string) => Command;

/** Adds the commands below `journal`; `onAsked` is told which one was given. */
export function addJournalCommands(add: AddCommand, onAsked: (asked: JournalAsked) => void): void {
  const FOLDER = 'data folder of an engine, e.g. data/binance/main/trading-engine, or a copy of it';
  add('verify', 'checks every record and the hash chain; exit code 1 when something is damaged')
    .argument('<folder>', FOLDER)
    .action((folder: string, { json }: { json?: true }) => onAsked({ json: json === true, run: () => verifyCommand(folder) }));
  add('replay', 'folds the journal and shows the account as it was')
    .argument('<folder>', FOLDER)
    .option('--digest', 'a SHA-256 over live orders, positions, balances and mode')
    .option('--to <position>', 'stop after this position', positive(Number.MAX_SAFE_INTEGER))
    .action((folder: string, { json, digest, to }: { json?: true; digest?: true; to?: number }) =>
      onAsked({
        json: json === true,
        run: () => replayCommand(folder, { digest: digest === true, ...(to !== undefined && { toPos: to }) }),
      }),
    );
  add('tail', 'the newest records in words')
    .argument('<folder>', FOLDER)
    .option('-n, --records <count>', `how many, at most ${MAX_TAIL}`, positive(MAX_TAIL), TAIL)
    .action((folder: string, { json, records }: { json?: true; records: number }) =>
      onAsked({ json: json === true, run: () => tailCommand(folder, records) }),
    );
}

function positive(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > max) throw new InvalidArgumentError(`give a whole number from 1 to ${max}`);
    return value;
  };
}
