/** `fillwright reconcile | retire-consumer`: what an operator asks of an engine beside trading. */
import type { MessageData } from '@fillwright/messages';
import { EXIT } from '@fillwright/runtime';
import type { Command } from 'commander';
import { type Line, span } from '../view/text.ts';
import { type ServiceDesk, TOOLS_SOURCE } from '../watch/service-desk.ts';
import { type CommandResult, requireProcess, type Target } from './commands.ts';

/** A pass looks several times before it calls a difference one, and waits for the position-server. */
const PASS_MS = 30_000;
const ENGINE = 'config/trading_engine_binance.ini';

export interface AccountAsked {
  readonly path: string;
  readonly json: boolean;
  run(desk: ServiceDesk, target: Target): Promise<CommandResult>;
}

type Pass = MessageData<'service.reconciliation'>;

/** Compares the engine's books with the venue's and the position-server's, now. Exit code 1 unless they agree. */
export async function reconcile(desk: ServiceDesk, target: Target, why: string): Promise<CommandResult> {
  requireProcess(target, ['trading-engine'], 'reconcile');
  const { data } = await desk.ask(target.service, 'service.reconcile', { who: TOOLS_SOURCE, why }, PASS_MS);
  const agrees = data.verdict === 'agrees';
  return { json: { ok: agrees, ...data }, lines: passLines(data), exitCode: agrees ? EXIT.ok : EXIT.failed };
}

/** The journal keeps nothing for this consumer any more. */
export async function retireConsumer(desk: ServiceDesk, target: Target, consumer: string, why: string): Promise<CommandResult> {
  requireProcess(target, ['trading-engine'], 'retire-consumer');
  const { text = 'done' } = (await desk.ask(target.service, 'service.retire-consumer', { consumer, who: TOOLS_SOURCE, why })).data;
  return { json: { ok: true, consumer, text }, lines: [[span(text)]] };
}

/** `add` makes a command; `onAsked` is told which one was given. */
export function addAccountCommands(add: (name: string, doc: string) => Command, onAsked: (asked: AccountAsked) => void): void {
  add('reconcile', 'compares the books of engine, venue and position-server now; exit code 1 unless they agree')
    .argument('[config]', 'file of the trading-engine', ENGINE)
    .requiredOption('--why <text>', 'the reason, for the audit record')
    .action((path: string, { json, why }: { json?: true; why: string }) => {
      onAsked({ path, json: json === true, run: (desk, target) => reconcile(desk, target, why) });
    });
  add('retire-consumer', 'a durable consumer will never come back: the journal is no longer kept for it')
    .argument('<consumer>', 'its name, as the alarm and /health tell it')
    .argument('[config]', 'file of the trading-engine', ENGINE)
    .requiredOption('--why <text>', 'the reason, for the audit record')
    .action((consumer: string, path: string, { json, why }: { json?: true; why: string }) => {
      onAsked({ path, json: json === true, run: (desk, target) => retireConsumer(desk, target, consumer, why) });
    });
}

function passLines({ verdict, pos, looks, engine, venue, inDoubt, firstDifference, ledger, reason }: Pass): readonly Line[] {
  const side = (name: string, books: Pass['engine']): string[] =>
    books ? [`${name}: ${books.orders} orders, ${books.positions} positions, ${books.balances} balances, digest ${books.digest}`] : [];
  const told = ledger && `position-server at ${ledger.pos}: ${ledger.agrees ? 'agrees' : 'differs'}, digest ${ledger.ledgerDigest}`;
  const texts = [
    `${verdict} at position ${pos} after ${looks} looks`,
    ...side('engine', engine),
    ...side('venue', venue),
    told ?? 'position-server: did not speak in time, not compared',
    ...(inDoubt > 0 ? [`${inDoubt} orders without a proven outcome were left out`] : []),
    ...(firstDifference === undefined ? [] : [firstDifference]),
    ...(reason ? [`${reason.code}: ${reason.text}`] : []),
  ];
  return texts.map((text) => [span(text)]);
}
