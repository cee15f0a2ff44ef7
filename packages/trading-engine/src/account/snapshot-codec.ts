/**
 * A snapshot of the account book as plain msgpack: one array of `[kind, …]` parts, the first of which carries the version. It is encoded part
 * by part, so that a large one never holds up the loop.
 */
import { type Fill, type InstrumentId, type Order, type Position, storedDecimal, type TradeId, type TradeKey } from '@fillwright/domain';
import {
  type BalanceEventMessage,
  type EngineStateMessage,
  type FillView,
  fillFromView,
  fillView,
  type OrderView,
  orderFromView,
  orderView,
  packValue,
  type TradingMode,
  unpackValue,
} from '@fillwright/messages';
import { SnapshotDraft } from '@fillwright/runtime';
import type { BookState } from './book-state.ts';
import type { Holding } from './holdings.ts';

/** Raise it when a part changes its meaning, and say in `HEADS` what the version before lacked. */
export const SNAPSHOT_VERSION = 3;
/** Items of one part: about a tenth of a millisecond. */
const CHUNK = 50;
/** Keys of trades whose ids are no numbers are short text. */
const KEY_CHUNK = 1_000;

interface Head {
  readonly v: number;
  readonly pos: number;
  readonly lastFillPos: number;
  readonly lastBalancePos: number;
  readonly ledgerStartTs: number;
  readonly mode: TradingMode;
  readonly modeReason: string;
  readonly lastRecovery?: NonNullable<EngineStateMessage['lastReconciliation']>;
}

interface PositionPart {
  readonly instrument: InstrumentId;
  readonly qty: string;
  readonly openCost: string;
  readonly realisedPnl: string;
  readonly fees: readonly (readonly [asset: string, amount: string])[];
}

type Part =
  | readonly ['book', Head]
  | readonly ['live', readonly OrderView[]]
  | readonly ['closed', readonly (readonly [pos: number, order: OrderView])[]]
  | readonly ['names', readonly (readonly [name: string, id: string])[]]
  | readonly ['commands', readonly (readonly [id: string, commandId: string])[]]
  | readonly ['strays', readonly FillView[]]
  | readonly ['owners', readonly (readonly [tag: string, src: string])[]]
  | readonly ['holdings', readonly (readonly [tag: string, instrument: InstrumentId, qty: string])[]]
  | readonly ['balances', readonly BalanceEventMessage[]]
  | readonly ['fill-marks', readonly (readonly [instrument: InstrumentId, pos: number, ts: number])[]]
  | readonly ['position', PositionPart]
  /** These three follow the position they belong to. */
  | readonly ['fills', readonly FillView[]]
  /** In base64: blocks of `TradeKeysState`. */
  | readonly ['trades', readonly string[]]
  /** `rec-1b rec-2s`: id and side. Before version 3 all of them. */
  | readonly ['keys', string];

/** Whole, for who has the time. The bytes are the draft's. */
export function encodeSnapshot(state: BookState, draft = new SnapshotDraft()): Buffer {
  for (const _step of encodingSteps(state, draft));
  return draft.bytes;
}

/** Writes the state into `draft`; each step is short. */
export function* encodingSteps(state: BookState, draft: SnapshotDraft): Generator<undefined> {
  draft.clear();
  // msgpack array 32: what follows is its elements.
  draft.append(Uint8Array.of(0xdd, 0, 0, 0, 0));
  let count = 0;
  for (const part of partsOf(state)) {
    draft.append(packValue(part));
    count += 1;
    yield;
  }
  draft.bytes.writeUInt32BE(count, 1);
}

function* partsOf(state: BookState): Generator<Part> {
  const { pos, lastFillPos, lastBalancePos, ledgerStartTs, mode, modeReason, lastRecovery } = state;
  yield [
    'book',
    { v: SNAPSHOT_VERSION, pos, lastFillPos, lastBalancePos, ledgerStartTs, mode, modeReason, ...(lastRecovery && { lastRecovery }) },
  ];
  for (const some of chunks(state.live)) yield ['live', some.map(orderView)];
  for (const some of chunks(state.closed)) yield ['closed', some.map(({ pos: at, order }) => [at, orderView(order)] as const)];
  for (const some of chunks(state.names)) yield ['names', some.map(({ name, id }) => [name, id] as const)];
  for (const some of chunks(state.commands)) yield ['commands', some.map(({ id, commandId }) => [id, commandId] as const)];
  for (const some of chunks(state.strays)) yield ['strays', some.map(plainFill)];
  yield ['owners', state.owners.map(({ tag, src }) => [tag, src] as const)];
  for (const some of chunks(state.holdings)) yield ['holdings', some.map(({ tag, instrument, qty }) => [tag, instrument, qty] as const)];
  yield ['balances', state.balances];
  yield ['fill-marks', state.fillMarks.map(({ instrument, pos: at, ts }) => [instrument, at, ts] as const)];
  for (const { base, recent, keys } of state.positions) {
    yield ['position', positionPart(base)];
    for (const some of chunks(recent)) yield ['fills', some.map(plainFill)];
    for (const some of chunks(keys.blocks)) yield ['trades', some.map((block) => Buffer.from(block).toString('base64'))];
    for (const some of chunks(keys.others, KEY_CHUNK)) yield ['keys', some.map(keyText).join(' ')];
  }
}

/**
 * Version → what makes its head one of the next version. Version 1 did not say when the newest balance came: not after its own position. Of
 * version 2 only the trade keys were others.
 */
const HEADS: Readonly<Record<number, (head: Head) => Head>> = { 1: (head) => ({ ...head, lastBalancePos: head.pos }), 2: (head) => head };

function upgraded(head: Head): Head | undefined {
  let current = head;
  for (let version = head.v; version < SNAPSHOT_VERSION; version++) {
    const upgrade = HEADS[version];
    if (!upgrade) return undefined;
    current = upgrade(current);
  }
  return head.v > SNAPSHOT_VERSION ? undefined : current;
}

/** Undefined when it is of a version this release cannot read: a newer one. Of whole bytes only: their checksum is somebody else's business. */
export function decodeSnapshot(bytes: Uint8Array): BookState | undefined {
  const parts = unpackValue(bytes) as readonly Part[];
  const first = parts[0];
  const known = first?.[0] === 'book' ? upgraded(first[1]) : undefined;
  if (!known) return undefined;
  const { v: _version, ...head } = known;
  const found = new Found();
  for (const part of parts) found.take(part);
  const { positions, ...lists } = found;
  return { ...head, lastRecovery: head.lastRecovery, ...lists, positions };
}

/** Gathers the parts again. */
class Found {
  readonly live: Order[] = [];
  readonly closed: { readonly order: Order; readonly pos: number }[] = [];
  readonly names: { readonly name: string; readonly id: string }[] = [];
  readonly commands: { readonly id: string; readonly commandId: string }[] = [];
  readonly strays: Fill[] = [];
  readonly owners: { readonly tag: string; readonly src: string }[] = [];
  readonly holdings: Holding[] = [];
  readonly balances: BalanceEventMessage[] = [];
  readonly fillMarks: { readonly instrument: InstrumentId; readonly pos: number; readonly ts: number }[] = [];
  readonly positions: {
    readonly base: Position;
    readonly recent: Fill[];
    readonly keys: { readonly blocks: Uint8Array[]; readonly others: TradeKey[] };
  }[] = [];

  take(part: Part): void {
    switch (part[0]) {
      case 'book':
        return;
      case 'live':
        for (const view of part[1]) this.live.push(orderFromView(view));
        return;
      case 'closed':
        for (const [pos, view] of part[1]) this.closed.push({ order: orderFromView(view), pos });
        return;
      case 'names':
        for (const [name, id] of part[1]) this.names.push({ name, id });
        return;
      case 'commands':
        for (const [id, commandId] of part[1]) this.commands.push({ id, commandId });
        return;
      case 'strays':
        for (const view of part[1]) this.strays.push(fillFromView(view));
        return;
      case 'owners':
        for (const [tag, src] of part[1]) this.owners.push({ tag, src });
        return;
      case 'holdings':
        for (const [tag, instrument, qty] of part[1]) this.holdings.push({ tag, instrument, qty });
        return;
      case 'balances':
        this.balances.push(...part[1]);
        return;
      case 'fill-marks':
        for (const [instrument, pos, ts] of part[1]) this.fillMarks.push({ instrument, pos, ts });
        return;
      case 'position':
        this.positions.push({ base: positionFromPart(part[1]), recent: [], keys: { blocks: [], others: [] } });
        return;
      default:
        this.#takePositionPart(part);
    }
  }

  #takePositionPart(part: Extract<Part, readonly ['fills' | 'trades' | 'keys', unknown]>): void {
    const position = this.positions.at(-1);
    if (!position) throw new Error('a snapshot with trades of no position');
    if (part[0] === 'fills') for (const view of part[1]) position.recent.push(fillFromView(view));
    else if (part[0] === 'trades') position.keys.blocks.push(...part[1].map((block) => Buffer.from(block, 'base64')));
    else position.keys.others.push(...part[1].split(' ').map(keyOfText));
  }
}

function positionPart(position: Position): PositionPart {
  const { instrument, qty, openCost, realisedPnl, fees } = position;
  return {
    instrument,
    qty: qty.toFixed(),
    openCost: openCost.toFixed(),
    realisedPnl: realisedPnl.toFixed(),
    fees: [...fees].map(([asset, amount]) => [asset, amount.toFixed()] as const),
  };
}

function positionFromPart(part: PositionPart): Position {
  return {
    instrument: part.instrument,
    qty: storedDecimal(part.qty),
    openCost: storedDecimal(part.openCost),
    realisedPnl: storedDecimal(part.realisedPnl),
    fees: new Map(part.fees.map(([asset, amount]) => [asset, storedDecimal(amount)])),
  };
}

/** Whose it was does not matter to a position. */
function plainFill(fill: Fill): FillView {
  return fillView(fill, '', '');
}

function keyText({ tradeId, side }: TradeKey): string {
  return tradeId + (side === 'buy' ? 'b' : 's');
}

function keyOfText(text: string): TradeKey {
  return { tradeId: text.slice(0, -1) as TradeId, side: text.endsWith('b') ? 'buy' : 'sell' };
}

function* chunks<T>(items: readonly T[], size = CHUNK): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
