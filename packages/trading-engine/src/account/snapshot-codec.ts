/**
 * A snapshot of the account book as plain msgpack: one array of `[kind, …]` parts, the first of which carries the version. It is encoded part
 * by part, so that a large one never holds up the loop.
 */
import { type Fill, type InstrumentId, type Order, type Position, storedDecimal } from '@fillwright/domain';
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
export const SNAPSHOT_VERSION = 2;
/** Items of one part: about a tenth of a millisecond. */
const CHUNK = 50;
/** Trade keys are short text. */
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
  /** These two follow the position they belong to. */
  | readonly ['fills', readonly FillView[]]
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
    for (const some of chunks(keys, KEY_CHUNK)) yield ['keys', some.map((key) => shortKey(base.instrument, key)).join(' ')];
  }
}

/** Version → what makes its head one of the next version. Version 1 did not say when the newest balance came: not after its own position. */
const HEADS: Readonly<Record<number, (head: Head) => Head>> = { 1: (head) => ({ ...head, lastBalancePos: head.pos }) };

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
  readonly positions: { readonly base: Position; readonly recent: Fill[]; readonly keys: string[] }[] = [];

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
        this.positions.push({ base: positionFromPart(part[1]), recent: [], keys: [] });
        return;
      default:
        this.#takePositionPart(part);
    }
  }

  #takePositionPart(part: Extract<Part, readonly ['fills' | 'keys', unknown]>): void {
    const position = this.positions.at(-1);
    if (!position) throw new Error('a snapshot with trades of no position');
    if (part[0] === 'fills') for (const view of part[1]) position.recent.push(fillFromView(view));
    else for (const key of part[1].split(' ')) position.keys.push(longKey(position.base.instrument, key));
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

/** `BTCUSDT-PERP.BINANCE|123|buy` ↔ `123b`: most of a snapshot are trade keys. */
function shortKey(instrument: InstrumentId, key: string): string {
  const side = key.endsWith('|buy') ? 'b' : 's';
  return key.slice(instrument.length + 1, key.lastIndexOf('|')) + side;
}

function longKey(instrument: InstrumentId, short: string): string {
  return `${instrument}|${short.slice(0, -1)}|${short.endsWith('b') ? 'buy' : 'sell'}`;
}

/** What can be read in parts. */
interface Sliceable<T> {
  readonly length: number;
  slice(from: number, to: number): readonly T[];
}

function* chunks<T>(items: Sliceable<T>, size = CHUNK): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
