/** What `fillwright` can do: look at orders and positions, and steer an engine or a trader, by the INI file of the process. */

import { accountTopic, type MessageInput, type OrderView, type PositionView } from '@fillwright/messages';
import {
  AppError,
  type Clock,
  type Environment,
  type ExitCode,
  engineSpec,
  positionServerSpec,
  readConfigFile,
  readConfigText,
  specOfFile,
  traderSpec,
} from '@fillwright/runtime';
import { withoutKeys } from '../config/without-keys.ts';
import { reachable } from '../launcher/plan.ts';
import { isUnknown, orderLines } from '../view/order-section.ts';
import { positionLines } from '../view/position-section.ts';
import { type Line, span } from '../view/text.ts';
import { type ServiceDesk, TOOLS_SOURCE } from '../watch/service-desk.ts';

export const ACTIONS = ['pause', 'resume', 'reduce-only', 'cancel-mine', 'cancel-all', 'flatten', 'halt'] as const;
export type Action = (typeof ACTIONS)[number];

const WIDTH = 200;

/** What a command found: for `--json`, and for a person. */
export interface CommandResult {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly Line[];
  /** Default: 0. */
  readonly exitCode?: ExitCode;
}

/** Where a process answers and what it is. */
export interface Target {
  readonly process: 'trading-engine' | 'position-server' | 'trader';
  readonly service: string;
  readonly exchange: string;
  readonly account: string;
  /** A trader's own. */
  readonly ownerTag: string | undefined;
}

/** @throws AppError `CFG_…` when the file cannot be read, has faults, or is for another kind of process. */
export function targetOf(path: string, environment: Environment): Target {
  const spec = specOfFile(readConfigText(path));
  const seen = withoutKeys(environment);
  if (spec?.process === traderSpec.process) {
    const { GLOBAL, ZMQ } = readConfigFile(traderSpec, path, seen).value;
    return { process: 'trader', ownerTag: GLOBAL.OWNER_TAG, ...placeOf(GLOBAL, ZMQ.SERVICE_ENDPOINT) };
  }
  if (spec?.process === engineSpec.process) {
    const { GLOBAL, ZMQ } = readConfigFile(engineSpec, path, seen).value;
    return { process: 'trading-engine', ownerTag: undefined, ...placeOf(GLOBAL, ZMQ.SERVICE_ENDPOINT) };
  }
  if (spec?.process === positionServerSpec.process) {
    const { GLOBAL, ZMQ } = readConfigFile(positionServerSpec, path, seen).value;
    return { process: 'position-server', ownerTag: undefined, ...placeOf(GLOBAL, ZMQ.SERVICE_ENDPOINT) };
  }
  const message = `${path} is no file of a trading-engine, position-server or trader; examples are in config/`;
  throw new AppError('CFG_UNKNOWN_FILE', message);
}

/** Orders that are not closed; those with an unknown outcome first. */
export async function listOrders(desk: ServiceDesk, target: Target, clock: Clock): Promise<CommandResult> {
  requireProcess(target, ['trading-engine'], 'orders');
  const { orders, unknownOrders, pos } = (await desk.ask(target.service, 'service.query-account', {})).data;
  const doubtfulFirst: readonly OrderView[] = orders.toSorted((a, b) => Number(isUnknown(b)) - Number(isUnknown(a)));
  return { json: { ok: true, pos, unknownOrders, orders: doubtfulFirst }, lines: orderLines(doubtfulFirst, [], clock.wallUs(), WIDTH) };
}

export async function listPositions(desk: ServiceDesk, target: Target): Promise<CommandResult> {
  requireProcess(target, ['position-server'], 'positions');
  const topic = accountTopic('position', target.exchange, target.account);
  const {
    positions = [],
    balances = [],
    books = [],
    appliedPos,
  } = (await desk.ask(target.service, 'service.snapshot-request', { topic })).data;
  const held: readonly PositionView[] = positions;
  return { json: { ok: true, appliedPos, positions, balances, books }, lines: positionLines(held, balances, [], WIDTH) };
}

/** What an operator gives to settle an order by hand. */
export interface Verdict {
  readonly as: MessageInput<'service.settle-order'>['outcome'];
  readonly by: string;
  readonly reason: string;
  readonly filled?: string;
  readonly price?: string;
  readonly venueOrderId?: string;
}

/** Settles an order whose outcome is unknown; who and why stands in the engine's journal. */
export async function settleOrder(desk: ServiceDesk, target: Target, id: string, verdict: Verdict): Promise<CommandResult> {
  requireProcess(target, ['trading-engine'], 'orders settle');
  const { as: outcome, by: who, reason: why, filled, price, venueOrderId } = verdict;
  const asked = {
    ...{ clientOrderId: id, outcome, who, why },
    ...(filled !== undefined && { filledQty: filled }),
    ...(price !== undefined && { price }),
    ...(venueOrderId !== undefined && { venueOrderId }),
  } as MessageInput<'service.settle-order'>;
  const { text = 'done' } = (await desk.ask(target.service, 'service.settle-order', asked)).data;
  return { json: { ok: true, clientOrderId: id, outcome, text }, lines: [[span(text)]] };
}

export async function control(desk: ServiceDesk, target: Target, action: Action, why: string): Promise<CommandResult> {
  requireProcess(target, ['trading-engine', 'trader'], `control ${action}`);
  const request: MessageInput<'service.control'> = { action, who: TOOLS_SOURCE, why };
  const owned = action === 'cancel-mine' && target.ownerTag !== undefined ? { ...request, owner: target.ownerTag } : request;
  const { text = 'done', count } = (await desk.ask(target.service, 'service.control', owned)).data;
  return {
    json: { ok: true, process: target.process, action, text, ...(count === undefined ? {} : { count }) },
    lines: [[span(`${target.process}: ${text}`)]],
  };
}

export function requireProcess(target: Target, processes: readonly Target['process'][], command: string): void {
  if (processes.includes(target.process)) return;
  throw new AppError(
    'RUN_USAGE',
    `${command} needs the file of a ${processes.join(' or ')}, not of a ${target.process}; see fillwright --help`,
  );
}

function placeOf(global: { readonly EXCHANGE_NAME: string; readonly ACCOUNT_ID: string }, service: string) {
  return { exchange: global.EXCHANGE_NAME, account: global.ACCOUNT_ID, service: reachable(service) };
}
