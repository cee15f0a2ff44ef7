import { type ClientOrderId, decimal, parseInstrumentId, parseTradeId, parseVenueOrderId, usTime } from '@fillwright/domain';
import { keptSnapshots } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { bookText } from '../../src/account/book-digest.ts';
import { SNAPSHOT_FOLDER } from '../../src/account/restore.ts';
import { type Life, Machine } from './_disks.ts';

const BTC = parseInstrumentId('BTCUSDT-PERP.BINANCE');

function idOf(index: number): ClientOrderId {
  return `q1tkr3x0${index.toString(36)}` as ClientOrderId;
}

/** An order that opens, and closes by its fill unless it is to stay. */
function trade({ log }: Life, index: number, stays = false): void {
  const id = idOf(index);
  const qty = decimal('0.1');
  const price = decimal('100.5');
  const terms = {
    instrument: BTC,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    qty,
    price,
    reduceOnly: false,
    closePosition: false,
  } as const;
  const venueOrderId = parseVenueOrderId(String(9_000 + index));
  const venueTs = usTime(1_000 * index);
  log.order(id, { type: 'initialized', owner: 'q1', strategy: 's', terms, external: false }, `command-${index}`);
  log.order(id, { type: 'sending', attempt: 1 });
  log.order(id, { type: 'accepted', venueOrderId, venueTs });
  if (stays) return;
  const money = { qty, price, fee: decimal('0.01'), feeAsset: 'USDT', liquidity: 'maker' } as const;
  log.order(id, {
    type: 'filled',
    fill: { ...money, instrument: BTC, side: 'buy', venueOrderId, venueTs, tradeId: parseTradeId(String(index)) },
  });
}

function traded(machine: Machine, count: number, life = machine.start(), from = 1): Life {
  for (let index = from; index < from + count; index += 1) trade(life, index, index % 10 === 0);
  return life;
}

function end({ storage }: Life): void {
  storage.keeper.stop();
  storage.keeper.takeLast();
  storage.close();
}

describe('a restart', () => {
  it('after an orderly stop begins from the snapshot and folds nothing', () => {
    const machine = new Machine();
    const life = traded(machine, 50);
    end(life);
    const again = machine.start();

    expect(machine.lines.at(-1)).toMatchObject({ event: 'state-restored', fields: { folded: 0, snapshotPos: life.book.lastPos } });
    expect(bookText(again.book)).toBe(bookText(life.book));
    expect(again.book.order(idOf(7))).toEqual(life.book.order(idOf(7)));
    expect(again.book.orderByVenueId(BTC, '9007')?.clientOrderId).toBe(idOf(7));
  });

  it('after a crash folds what came after the newest snapshot', async () => {
    const machine = new Machine();
    const life = traded(machine, 20);
    life.storage.keeper.start();
    await machine.clock.advance(30_000);
    const [snapshotPos] = keptSnapshots(machine.disk, SNAPSHOT_FOLDER);
    traded(machine, 20, life, 21);
    const again = machine.start();

    expect(snapshotPos).toBe(78);
    expect(machine.lines.at(-1)).toMatchObject({ event: 'state-restored', fields: { folded: life.book.lastPos - 78 } });
    expect(bookText(again.book)).toBe(bookText(life.book));
  });

  it('passes over a damaged snapshot, says so, and uses the one before', async () => {
    const machine = new Machine();
    const life = traded(machine, 10);
    life.storage.keeper.start();
    await machine.clock.advance(30_000);
    traded(machine, 10, life, 11);
    await machine.clock.advance(30_000);
    const [, newest = 0] = keptSnapshots(machine.disk, SNAPSHOT_FOLDER);
    damage(machine, newest);
    const again = machine.start();

    expect(machine.codes()).toContain('ENG_SNAPSHOT_UNUSABLE');
    expect(bookText(again.book)).toBe(bookText(life.book));
  });

  it('folds the whole journal when no snapshot can be used and it is all there', () => {
    const machine = new Machine();
    const life = traded(machine, 5);
    end(life);
    for (const pos of keptSnapshots(machine.disk, SNAPSHOT_FOLDER)) damage(machine, pos);
    const again = machine.start();

    expect(machine.codes()).toContain('ENG_SNAPSHOT_UNUSABLE');
    expect(bookText(again.book)).toBe(bookText(life.book));
  });

  it('is refused when no snapshot can be used and the beginning of the journal is gone', () => {
    const machine = new Machine();
    const life = traded(machine, 60);
    life.storage.journal.dropBefore(100);
    end(life);
    for (const pos of keptSnapshots(machine.disk, SNAPSHOT_FOLDER)) damage(machine, pos);

    expect(() => machine.start()).toThrow(expect.objectContaining({ code: 'ENG_STATE_LOST' }));
  });

  it('builds the index of closed orders again when it was lost', () => {
    const machine = new Machine();
    const life = traded(machine, 50);
    end(life);
    const other = new Machine();
    for (const [path, bytes] of machine.disk.files) other.disk.files.set(path, bytes);
    const again = other.start();

    for (let index = 1; index <= 50; index += 1) expect(again.book.order(idOf(index))).toEqual(life.book.order(idOf(index)));
  });

  it('keeps knowing what closed when the journal lost its tail in a power cut', () => {
    const machine = new Machine();
    const life = traded(machine, 30);
    life.storage.close();
    end(machine.start());
    for (const pos of keptSnapshots(machine.disk, SNAPSHOT_FOLDER))
      machine.disk.files.delete(`${SNAPSHOT_FOLDER}/${String(pos).padStart(16, '0')}.snapshot`);
    for (const name of machine.disk.list('journal').slice(-3)) machine.disk.files.delete(`journal/${name}`);
    const again = machine.start();

    expect(machine.codes()).toContain('ENG_JOURNAL_TAIL_LOST');
    expect(again.book.order(idOf(29))).toMatchObject({ phase: 'filled' });
    trade(again, 31);
    end(again);
    expect(machine.start().book.order(idOf(31))).toMatchObject({ phase: 'filled' });
  });

  it('forgets nothing that closed after such a loss and before a crash, at positions that the index knew from the lost history', () => {
    const machine = new Machine();
    const life = traded(machine, 30);
    const before = life.book.lastPos;
    end(life);
    for (const folder of [SNAPSHOT_FOLDER, 'journal'])
      for (const name of machine.disk.list(folder).slice(-3)) machine.disk.files.delete(`${folder}/${name}`);
    const crashed = machine.start();
    expect(crashed.book.lastPos).toBeLessThan(before);
    for (let index = 31; crashed.book.lastPos <= before; index += 1) trade(crashed, index);
    const again = machine.start();

    expect(again.book.order(idOf(31))).toMatchObject({ phase: 'filled' });
  });
});

describe('closed orders', () => {
  it('leave memory and are still found by every name, over restarts', async () => {
    const machine = new Machine();
    const life = traded(machine, 500, machine.start({ closed: 20 }));
    await machine.clock.advance(2_000);
    const memory = life.book.state();
    expect(memory.closed).toEqual([]);

    for (const nextLife of [() => life, () => machine.start({ closed: 20 })]) {
      const { book } = nextLife();
      for (const index of [1, 2, 251, 499]) {
        expect(book.order(idOf(index))).toMatchObject({ clientOrderId: idOf(index), phase: 'filled', venueOrderId: String(9_000 + index) });
        expect(book.orderByVenueId(BTC, String(9_000 + index))?.clientOrderId).toBe(idOf(index));
      }
      expect(book.order(idOf(501))).toBeUndefined();
      expect(book.order('q1tkr3x1')).toBeUndefined();
      expect(book.order('x')).toBeUndefined();
    }
  });

  it('take a late fill when they are out of memory', async () => {
    const machine = new Machine();
    const life = machine.start({ closed: 0 });
    trade(life, 1, true);
    life.log.order(idOf(1), { type: 'canceled', reason: { code: 'X', text: 'x' } });
    await machine.clock.advance(2_000);
    const fill = {
      instrument: BTC,
      side: 'buy',
      qty: decimal('0.05'),
      price: decimal('100'),
      fee: decimal('0'),
      feeAsset: 'USDT',
    } as const;
    const ids = {
      venueOrderId: parseVenueOrderId('9001'),
      tradeId: parseTradeId('77'),
      liquidity: 'maker',
      venueTs: usTime(5_000),
    } as const;
    life.log.order(idOf(1), { type: 'filled', fill: { ...fill, ...ids } });
    end(life);

    const { book } = machine.start();
    expect(book.order(idOf(1))).toMatchObject({ phase: 'canceled', filledQty: decimal('0.05') });
    expect(book.positions.qty(BTC).toString()).toBe('0.05');
  });

  it('cost no query as long as ids are fresh', async () => {
    const machine = new Machine();
    const life = traded(machine, 300, machine.start({ closed: 0 }));
    await machine.clock.advance(2_000);
    const queries = countQueries(machine);
    for (let index = 301; index < 600; index += 1) expect(life.book.order(idOf(index))).toBeUndefined();
    expect(queries()).toBe(0);
    expect(life.book.order(idOf(3))).toBeDefined();
    expect(queries()).toBe(1);
  });
});

describe('the journal', () => {
  it('forgets segments that snapshots, index and every consumer are past', async () => {
    const machine = new Machine();
    const life = machine.start();
    const { journal, consumers, keeper } = life.storage;
    keeper.start();
    consumers.acknowledge('position-server', 10);
    for (let round = 0; round < 6; round += 1) {
      traded(machine, 20, life, 1 + 20 * round);
      await machine.clock.advance(30_000);
    }
    expect(journal.firstPos).toBeLessThanOrEqual(11);
    consumers.acknowledge('position-server', journal.lastPos);
    trade(life, 1_000);
    await machine.clock.advance(30_000);

    const [oldest = 0] = keptSnapshots(machine.disk, SNAPSHOT_FOLDER);
    expect(journal.firstPos).toBeGreaterThan(11);
    expect(journal.firstPos).toBeLessThanOrEqual(oldest + 1);
    const text = bookText(life.book);
    expect(bookText(machine.start().book)).toBe(text);
  });

  it('keeps what a consumer has not stored, also over a restart of the engine', async () => {
    const machine = new Machine();
    const life = machine.start();
    life.storage.consumers.acknowledge('recorder', 3);
    end(traded(machine, 100, life));
    const again = machine.start();
    again.storage.keeper.start();
    for (let round = 0; round < 5; round += 1) {
      trade(again, 1_000 + round);
      await machine.clock.advance(30_000);
    }

    expect(again.storage.consumers.all()).toMatchObject([{ name: 'recorder', pos: 3 }]);
    expect(again.storage.journal.firstPos).toBe(1);
  });

  it('is no longer kept for a consumer that was retired, whose alarms end then', async () => {
    const machine = new Machine();
    const life = machine.start({ backlogBytes: 1_000 });
    const { journal, consumers, keeper } = life.storage;
    keeper.start();
    consumers.acknowledge('recorder', 3);
    for (let round = 0; round < 6; round += 1) {
      traded(machine, 20, life, 1 + 20 * round);
      await machine.clock.advance(30_000);
    }
    expect(journal.firstPos).toBe(1);
    expect(machine.codes()).toContain('ENG_JOURNAL_BACKLOG');

    consumers.retire('recorder');
    trade(life, 1_000);
    await machine.clock.advance(30_000);

    expect(journal.firstPos).toBeGreaterThan(4);
    expect(machine.gauges.get('fillwright_journal_backlog_bytes recorder')).toBe(0);
    expect(machine.lines.filter(({ event }) => event === 'journal-alarm-over')).toHaveLength(1);
    expect(machine.start().storage.consumers.all()).toEqual([]);
  });

  it('raises an alarm, once, for a consumer that is far behind or silent, and forgets nothing', async () => {
    const machine = new Machine();
    const life = machine.start({ backlogBytes: 10_000 });
    life.storage.consumers.acknowledge('position-server', 1);
    life.storage.keeper.start();
    traded(machine, 50, life);
    await machine.clock.advance(90_000);

    expect(machine.codes().filter((code) => code === 'ENG_JOURNAL_BACKLOG')).toHaveLength(1);
    expect(life.storage.journal.firstPos).toBe(1);
    expect(machine.gauges.get('fillwright_journal_backlog_bytes position-server')).toBeGreaterThan(10_000);
    expect(machine.gauges.get('fillwright_journal_bytes')).toBe(life.storage.journal.bytes());
    await machine.clock.advance(25 * 3_600_000);
    expect(machine.codes().filter((code) => code === 'ENG_CONSUMER_SILENT')).toHaveLength(1);
    life.storage.consumers.acknowledge('position-server', life.storage.journal.lastPos);
    await machine.clock.advance(60_000);
    expect(machine.lines.filter(({ event }) => event === 'journal-alarm-over')).toHaveLength(2);
  });
});

describe('snapshots', () => {
  it('are taken only when something happened', async () => {
    const machine = new Machine();
    const life = traded(machine, 5);
    life.storage.keeper.start();
    await machine.clock.advance(120_000);
    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20]);
    trade(life, 6);
    await machine.clock.advance(30_000);

    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20, 24]);
  });

  /** Five trades are in a snapshot that waits in `held` to be written, the sixth came meanwhile. */
  async function tradedWhileWriting(): Promise<{ readonly machine: Machine; readonly life: Life; readonly held: (() => void)[] }> {
    const machine = new Machine();
    const held: (() => void)[] = [];
    machine.disk.held = held;
    const life = traded(machine, 5);
    life.storage.keeper.start();
    await machine.clock.advance(30_000);
    trade(life, 6);
    return { machine, life, held };
  }

  it('are taken one at a time, and count when they are in place', async () => {
    const { machine, held } = await tradedWhileWriting();
    await machine.clock.advance(60_000);
    expect([held.length, keptSnapshots(machine.disk, SNAPSHOT_FOLDER)]).toEqual([1, []]);
    held.shift()?.();
    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20]);
    await machine.clock.advance(30_000);
    held.shift()?.();

    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20, 24]);
  });

  it('that the disk never answers are told once, and go on when it does', async () => {
    const { machine, held } = await tradedWhileWriting();
    await machine.clock.advance(300_000);
    expect(machine.codes()).toEqual(['ENG_SNAPSHOT_FAILED']);
    held.shift()?.();
    expect(machine.lines.map(({ event }) => event)).toContain('snapshots-work-again');
    await machine.clock.advance(30_000);
    held.shift()?.();

    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20, 24]);
  });

  it('that are being written at an orderly stop leave the last one whole', async () => {
    const { machine, life, held } = await tradedWhileWriting();
    end(life);
    const said = machine.lines.length;
    for (const step of held) step();
    expect(machine.lines.slice(said)).toEqual([]);
    const again = machine.start();

    expect(machine.lines.filter(({ event }) => event === 'snapshot-passed-over')).toEqual([]);
    expect(machine.lines.at(-1)).toMatchObject({ event: 'state-restored', fields: { folded: 0, snapshotPos: life.book.lastPos } });
    expect(bookText(again.book)).toBe(bookText(life.book));
    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([20, 24]);
    end(again);
    damage(machine, 24);
    expect(machine.start().book.lastPos).toBe(24);
    expect(machine.lines.at(-1)).toMatchObject({ fields: { snapshotPos: 20 } });
  });

  it('that fail are told once and tried again; nothing else stops', async () => {
    const machine = new Machine();
    const life = traded(machine, 5);
    life.storage.keeper.start();
    machine.disk.refuses = 'full';
    await machine.clock.advance(90_000);
    expect(machine.codes()).toEqual(['ENG_SNAPSHOT_FAILED']);
    machine.disk.refuses = undefined;
    trade(life, 6);
    await machine.clock.advance(30_000);

    expect(keptSnapshots(machine.disk, SNAPSHOT_FOLDER)).toEqual([24]);
    expect(machine.lines.map(({ event }) => event)).toContain('snapshots-work-again');
  });
});

function damage(machine: Machine, pos: number): void {
  const path = `${SNAPSHOT_FOLDER}/${String(pos).padStart(16, '0')}.snapshot`;
  const bytes = machine.disk.readWhole(path);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  machine.disk.files.set(path, bytes);
}

/** Single rows asked of the database of this life from now on. */
function countQueries(machine: Machine): () => number {
  let count = 0;
  machine.onQuery = () => {
    count += 1;
  };
  return () => count;
}
