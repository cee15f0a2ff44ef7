/** The words of `fillwright orders settle` on the command line. */
import { settleOutcomes } from '@fillwright/messages';
import { type Command, Option } from 'commander';
import type { ServiceDesk } from '../watch/service-desk.ts';
import { type CommandResult, settleOrder, type Target, type Verdict } from './commands.ts';

export interface SettleAsked {
  readonly path: string;
  readonly json: boolean;
  run(desk: ServiceDesk, target: Target): Promise<CommandResult>;
}

/** Adds `settle` below `orders`; `onAsked` is told when it was given. */
export function addSettleCommand(add: (name: string, doc: string) => Command, onAsked: (asked: SettleAsked) => void): void {
  add('settle', 'ends an order whose outcome is unknown, by what you saw at the exchange; it stands in the audit record')
    .argument('<id>', 'client id of the order')
    .argument('[config]', 'file of the trading-engine', 'config/trading_engine_binance.ini')
    .addOption(new Option('--as <verdict>', 'what became of it').choices(settleOutcomes).makeOptionMandatory())
    .requiredOption('--by <name>', 'who says so')
    .requiredOption('--reason <text>', 'why')
    .option('--filled <quantity>', 'all that it has filled; needed for filled')
    .option('--price <price>', 'average price of that')
    .option('--venue-order-id <number>', "the exchange's number of the order; goes with --filled")
    .action((id: string, path: string, _own: object, self: Command) => {
      const { json, ...verdict } = self.optsWithGlobals<Verdict & { json?: true }>();
      onAsked({ path, json: json === true, run: (desk, target) => settleOrder(desk, target, id, verdict) });
    });
}
