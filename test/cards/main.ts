/**
 * `npm run cards -- --venue simulator|testnet [--transport rest|ws] [--only E10,X01] [--slow] [--can-fail] [--json]`: plays the conformance cards of
 * `@fillwright/venue/cards` with the real processes. Exit 0 when every card that applies passed, 1 when one failed, 2 on wrong usage or
 * without keys, 3 when the venue is not reachable. With `--json` stdout is one line.
 * `--can-fail` plays each card on benches that lie instead, until it fails; exit 1 when one never does.
 */
import { parseArgs } from 'node:util';
import { CARDS, type CardResult } from '@fillwright/venue/cards';
import type { Transport, VenueName } from './live-bench.ts';
import { proveCards, runCards } from './run-cards.ts';
import { countsOf, tableOf } from './table.ts';
import type { TestnetKeys } from './venue-stack.ts';

const USAGE = 'usage: npm run cards -- --venue simulator|testnet [--transport rest|ws] [--only E10,X01] [--slow] [--can-fail] [--json]';
const TESTNET_TIME = 'https://demo-fapi.binance.com/fapi/v1/time';
const REACH_MS = 10_000;

interface Options {
  readonly venue: VenueName;
  readonly transport: Transport;
  readonly only: readonly string[];
  readonly slow: boolean;
  readonly canFail: boolean;
  readonly json: boolean;
}

/** Why nothing was played. */
class NotPlayed extends Error {
  readonly code: string;
  readonly exitCode: 2 | 3;

  constructor(code: string, exitCode: 2 | 3, message: string) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      venue: { type: 'string' },
      transport: { type: 'string', default: 'rest' },
      only: { type: 'string', default: '' },
      slow: { type: 'boolean', default: false },
      'can-fail': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { venue, transport, slow, json } = values;
  if (venue !== 'simulator' && venue !== 'testnet') throw new RangeError(`--venue ${venue ?? ''}: expected simulator or testnet`);
  if (transport !== 'rest' && transport !== 'ws') throw new RangeError(`--transport ${transport}: expected rest or ws`);
  const only = values.only.split(',').filter((id) => id !== '');
  const unknown = only.filter((id) => !CARDS.some((card) => card.id === id));
  if (unknown.length > 0) throw new RangeError(`--only ${unknown.join(',')}: no such card; docs/cards.md lists them`);
  return { venue, transport, only, slow, canFail: values['can-fail'], json };
}

/** Absent keys or network are told, never passed over. */
async function testnetKeys(): Promise<TestnetKeys> {
  const { BINANCE_API_KEY: apiKey = '', BINANCE_API_SECRET: apiSecret = '' } = process.env;
  if (apiKey === '' || apiSecret === '')
    throw new NotPlayed(
      'CFG_NO_KEYS',
      2,
      'all cards skipped: export BINANCE_API_KEY and BINANCE_API_SECRET of the testnet (https://demo.binance.com)',
    );
  try {
    await fetch(TESTNET_TIME, { signal: AbortSignal.timeout(REACH_MS) });
  } catch (error) {
    const { cause } = error as Error;
    throw new NotPlayed('RUN_NOT_REACHABLE', 3, `all cards skipped: the testnet is not reachable (${String(cause ?? error)})`);
  }
  return { apiKey, apiSecret };
}

async function play({ venue, transport, only, slow, json }: Options): Promise<number> {
  const keys = venue === 'testnet' ? await testnetKeys() : undefined;
  const onResult = (result: CardResult): void => {
    if (result.result === 'skipped') return;
    const text = `${result.id.padEnd(5)} ${result.result}  ${String(result.elapsedMs).padStart(6)} ms  ${result.title}`;
    process.stderr.write(`${text}${result.result === 'failed' ? `\n      ${result.reason}` : ''}\n`);
  };
  const results = await runCards({ venue, transport, only, slow, keys, onResult });
  const counts = countsOf(results);
  const ok = counts.failed === 0 && counts.played > 0;
  if (json) process.stdout.write(`${JSON.stringify({ ok, venue, transport, ...counts, cards: results })}\n`);
  else
    process.stdout.write(
      `${tableOf(results)}\n\n${venue}, ${transport}: ${counts.passed} of ${counts.played} passed, ${counts.skipped} skipped\n`,
    );
  return ok ? 0 : 1;
}

/** The cards as they are checked themselves. */
async function prove({ venue, transport, only, slow, json }: Options): Promise<number> {
  const onResult = (result: CardResult): void => void process.stderr.write(`${result.id} ${'reason' in result ? result.reason : ''}\n`);
  const proofs = await proveCards({ venue, transport, only, slow, onResult });
  const never = proofs.filter(({ wrong }) => wrong === undefined).map(({ id }) => id);
  const ok = never.length === 0 && proofs.length > 0;
  if (json) process.stdout.write(`${JSON.stringify({ ok, venue, transport, cards: proofs.length, never, proofs })}\n`);
  else {
    for (const { id, wrong } of proofs) process.stdout.write(`${id.padEnd(5)} ${wrong ?? 'NEVER FAILS'}\n`);
    process.stdout.write(`${proofs.length - never.length} of ${proofs.length} cards fail where they must\n`);
  }
  return ok ? 0 : 1;
}

function fail(json: boolean, code: string, message: string): void {
  process.stderr.write(`${message}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
}

async function main(): Promise<number> {
  const json = process.argv.includes('--json');
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    fail(json, 'CFG_USAGE', `${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  try {
    return await (options.canFail ? prove(options) : play(options));
  } catch (error) {
    if (error instanceof NotPlayed) {
      fail(json, error.code, error.message);
      return error.exitCode;
    }
    fail(json, 'RUN_CARDS_FAILED', error instanceof Error ? error.message : String(error));
    return 1;
  }
}

// Its processes end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exit(await main());
