/** What every Disk must do, live or simulated. A simulated disk runs it with its faults switched off. */
import { describe, expect, it } from '@jest/globals';
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '../../src/ports/disk.ts';

export interface DiskUnderTest {
  /** Empty. */
  readonly disk: Disk;
  /** The same files as a restarted process finds them; the old `disk` is not used afterwards. */
  reopen(): Disk;
  /** Lets what the disk does later happen, where time does not pass by itself. */
  settle?(): Promise<void>;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function codeOf(work: () => unknown): DiskErrorCode | 'nothing thrown' {
  try {
    work();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

/** `doesLater`: it can do things without holding up the caller. */
export function describeDisk(name: string, makeDisk: () => DiskUnderTest, { doesLater = true } = {}): void {
  describe(`${name} as a Disk`, () => {
    describeAppending(makeDisk);
    describeWholeFiles(makeDisk);
    describeNames(makeDisk);
    describeRestart(makeDisk);
    describeSyncLater(makeDisk);
    if (doesLater) describeLater(makeDisk);
  });
}

/** Resolves with what `done` was told. */
function synced(file: DiskFile): Promise<DiskError | undefined> {
  return new Promise((resolve) => {
    if (file.syncLater === undefined) resolve(undefined);
    else file.syncLater(resolve);
  });
}

function describeSyncLater(makeDisk: () => DiskUnderTest): void {
  it('syncs later without being waited for, never inside the call', async () => {
    const { disk, settle } = makeDisk();
    const file = disk.open('journal/1');
    file.append(text('abc'));
    let inside = true;
    let calledInside = false;
    const done = new Promise<DiskError | undefined>((resolve) => {
      file.syncLater?.((error) => {
        calledInside = inside;
        resolve(error);
      });
      if (file.syncLater === undefined) resolve(undefined);
    });
    inside = false;
    file.append(text('def'));
    await settle?.();

    expect(await done).toBeUndefined();
    expect(calledInside).toBe(false);
    expect(read(file.read(0, 10))).toBe('abcdef');
  });

  it('ends a sync under way although the file is closed meanwhile, and refuses one after that', async () => {
    const { disk, settle } = makeDisk();
    const file = disk.open('a');
    file.append(text('abc'));
    const done = synced(file);
    file.close();
    const other = disk.open('b');
    other.append(text('other'));
    await settle?.();

    expect(await done).toBeUndefined();
    expect(read(other.read(0, 10))).toBe('other');
    expect(read(disk.readWhole('a'))).toBe('abc');
    if (file.syncLater !== undefined) expect(codeOf(() => file.syncLater?.(() => undefined))).toBe('failed');
  });
}

function describeAppending(makeDisk: () => DiskUnderTest): void {
  it('opens an absent file as an empty one and makes its folders', () => {
    const { disk } = makeDisk();
    const file = disk.open('journal/deep/first');

    expect(file.size).toBe(0);
    expect(read(file.read(0, 10))).toBe('');
    expect(disk.exists('journal/deep/first')).toBe(true);
  });

  it('appends at the end and reads back any part', () => {
    const file = makeDisk().disk.open('a');
    file.append(text('hello '));
    file.append(text(''));
    file.append(text('world'));

    expect(file.size).toBe(11);
    expect(read(file.read(0, 11))).toBe('hello world');
    expect(read(file.read(4, 4))).toBe('o wo');
  });

  it('reads fewer bytes at the end of the file and none behind it', () => {
    const file = makeDisk().disk.open('a');
    file.append(text('abc'));

    expect(read(file.read(1, 100))).toBe('bc');
    expect(file.read(3, 1)).toHaveLength(0);
    expect(file.read(1000, 1)).toHaveLength(0);
    expect(file.read(0, 0)).toHaveLength(0);
  });

  it('keeps what was appended when the caller uses its buffer again', () => {
    const file = makeDisk().disk.open('a');
    const buffer = text('before');
    file.append(buffer);
    buffer.fill(0);

    expect(read(file.read(0, 6))).toBe('before');
  });

  it('never changes bytes that it has given out, nor lets them change the file', () => {
    const file = makeDisk().disk.open('a');
    file.append(text('abc'));
    const first = file.read(0, 3);
    file.truncate(0);
    file.append(text('xyz'));
    const second = file.read(0, 3);

    expect(read(first)).toBe('abc');
    second.fill(0);
    expect(read(file.read(0, 3))).toBe('xyz');
  });

  it('appends at the new end after a truncate', () => {
    const file = makeDisk().disk.open('a');
    file.append(text('keep lose'));
    file.truncate(5);
    file.append(text('new'));

    expect(file.size).toBe(8);
    expect(read(file.read(0, 100))).toBe('keep new');
  });

  it('holds a file of several megabytes', () => {
    const file = makeDisk().disk.open('large');
    const chunk = new Uint8Array(1_000_003).map((_, index) => index % 251);
    for (let round = 0; round < 4; round += 1) file.append(chunk);

    expect(file.size).toBe(4_000_012);
    expect(Array.from(file.read(3_000_009, 3))).toEqual([0, 1, 2]);
    expect(Array.from(file.read(1_000_002, 3))).toEqual([1_000_002 % 251, 0, 1]);
  });

  it('shows two openers of one file the same bytes', () => {
    const { disk } = makeDisk();
    const writer = disk.open('a');
    const reader = disk.open('a');
    writer.append(text('one'));
    reader.append(text('two'));

    expect(reader.size).toBe(6);
    expect(writer.size).toBe(6);
    expect(read(writer.read(0, 6))).toBe('onetwo');
  });

  it('refuses a closed file, and closes twice without complaint', () => {
    const { disk } = makeDisk();
    const file = disk.open('a');
    file.append(text('abc'));
    file.close();
    file.close();

    expect(codeOf(() => file.append(text('x')))).toBe('failed');
    expect(codeOf(() => file.read(0, 1))).toBe('failed');
    expect(codeOf(() => file.truncate(0))).toBe('failed');
    expect(codeOf(() => file.sync())).toBe('failed');
    expect(read(disk.readWhole('a'))).toBe('abc');
  });
}

type Later = (disk: Disk, done: (error: DiskError | undefined) => void) => void;

/** When the call returned and what `done` was told, in this order. */
async function ended({ disk, settle }: DiskUnderTest, work: Later): Promise<readonly string[]> {
  const told: string[] = [];
  const done = new Promise<void>((resolve) => {
    work(disk, (error) => {
      told.push(error?.code ?? 'done');
      resolve();
    });
    told.push('returned');
  });
  await settle?.();
  await done;
  return told;
}

const replace =
  (path: string, content: string): Later =>
  (disk, done) =>
    disk.writeAtomicLater?.(path, text(content), done);
const remove =
  (path: string): Later =>
  (disk, done) =>
    disk.removeLater?.(path, done);
const LATER = ['returned', 'done'];

function describeLater(makeDisk: () => DiskUnderTest): void {
  it('replaces a file later as a whole, folders included, never inside the call', async () => {
    const world = makeDisk();
    const { disk } = world;
    disk.writeAtomic('state/epoch', text('a long first version'));

    expect(await ended(world, replace('state/epoch', 'short'))).toEqual(LATER);
    expect(await ended(world, replace('new/empty', ''))).toEqual(LATER);
    expect(read(disk.readWhole('state/epoch'))).toBe('short');
    expect([disk.list('state'), disk.list('new')]).toEqual([['epoch'], ['empty']]);
  });

  it('replaces a file later twice at a time: what is there is one of both, whole', async () => {
    const world = makeDisk();
    const both = [text('1'.repeat(100_000)), text('2'.repeat(50_000))];
    let open = both.length;
    const told = await ended(world, (disk, done) => {
      for (const bytes of both) {
        disk.writeAtomicLater?.('state', bytes, (error) => {
          open -= 1;
          if (error !== undefined || open === 0) done(error);
        });
      }
    });

    expect(told).toEqual(LATER);
    expect(both.map(read)).toContain(read(world.disk.readWhole('state')));
    expect(world.disk.list('')).toEqual(['state']);
  });

  it('removes a file later, and does not mind when there is none', async () => {
    const world = makeDisk();
    world.disk.writeAtomic('f/a', text('x'));

    expect(await ended(world, remove('f/a'))).toEqual(LATER);
    expect(await ended(world, remove('f/a'))).toEqual(LATER);
    expect(world.disk.exists('f/a')).toBe(false);
  });

  it('tells later of a path that leads out', async () => {
    const world = makeDisk();

    expect(await ended(world, replace('../out', 'x'))).toEqual(['returned', 'denied']);
    expect(await ended(world, remove('../out'))).toEqual(['returned', 'denied']);
  });
}

function describeWholeFiles(makeDisk: () => DiskUnderTest): void {
  it('replaces a file as a whole, folders included, and leaves no other name behind', () => {
    const { disk } = makeDisk();
    disk.writeAtomic('state/epoch', text('a long first version'));
    disk.writeAtomic('state/epoch', text('short'));

    expect(read(disk.readWhole('state/epoch'))).toBe('short');
    expect(disk.list('state')).toEqual(['epoch']);
  });

  it('writes an empty file', () => {
    const { disk } = makeDisk();
    disk.writeAtomic('empty', text(''));

    expect(disk.exists('empty')).toBe(true);
    expect(disk.readWhole('empty')).toHaveLength(0);
  });

  it('keeps what was written when the caller uses its buffer again', () => {
    const { disk } = makeDisk();
    const buffer = text('before');
    disk.writeAtomic('a', buffer);
    buffer.fill(0);

    expect(read(disk.readWhole('a'))).toBe('before');
  });

  it('reads as a whole what was appended', () => {
    const { disk } = makeDisk();
    disk.open('a').append(text('abc'));

    expect(read(disk.readWhole('a'))).toBe('abc');
  });

  it('says `absent` for a whole read of a file that is not there', () => {
    const { disk } = makeDisk();

    expect(codeOf(() => disk.readWhole('nothing'))).toBe('absent');
    expect(codeOf(() => disk.readWhole('no/such/folder'))).toBe('absent');
  });
}

function describeNames(makeDisk: () => DiskUnderTest): void {
  it('lists the files of one folder, sorted by code unit', () => {
    const { disk } = makeDisk();
    for (const name of ['f/b', 'f/a', 'f/B', 'f/10', 'f/9', 'f/sub/inner', 'other/x', 'top']) disk.writeAtomic(name, text('x'));

    expect(disk.list('f')).toEqual(['10', '9', 'B', 'a', 'b']);
    expect(disk.list('f/sub')).toEqual(['inner']);
    expect(disk.list('')).toEqual(['top']);
    expect(disk.list('nowhere')).toEqual([]);
  });

  it('tells what exists', () => {
    const { disk } = makeDisk();
    disk.writeAtomic('f/a', text('x'));

    expect(disk.exists('f/a')).toBe(true);
    expect(disk.exists('f/b')).toBe(false);
    expect(disk.exists('g/a')).toBe(false);
  });

  it('removes a file, and does not mind when there is none', () => {
    const { disk } = makeDisk();
    disk.writeAtomic('f/a', text('x'));
    disk.remove('f/a');
    disk.remove('f/a');
    disk.remove('no/such');

    expect(disk.exists('f/a')).toBe(false);
    expect(disk.list('f')).toEqual([]);
    expect(disk.open('f/a').size).toBe(0);
  });

  it.each(['../out', 'a/../../out', '/etc/passwd', 'a/./b', 'a//b', 'a\\..\\b', 'a\0b'])('refuses the path %j', (path) => {
    const { disk } = makeDisk();

    expect(codeOf(() => disk.open(path))).toBe('denied');
    expect(codeOf(() => disk.writeAtomic(path, text('x')))).toBe('denied');
    expect(codeOf(() => disk.readWhole(path))).toBe('denied');
    expect(codeOf(() => disk.remove(path))).toBe('denied');
    expect(codeOf(() => disk.list(path))).toBe('denied');
    expect(codeOf(() => disk.exists(path))).toBe('denied');
  });
}

function describeRestart(makeDisk: () => DiskUnderTest): void {
  it('finds after a restart what was appended, cut, replaced and removed', () => {
    const { disk, reopen } = makeDisk();
    const file = disk.open('journal/1');
    file.append(text('abcdef'));
    file.truncate(3);
    file.sync();
    disk.writeAtomic('state', text('old'));
    disk.writeAtomic('state', text('new'));
    disk.writeAtomic('gone', text('x'));
    disk.remove('gone');

    const again = reopen();
    expect(read(again.readWhole('journal/1'))).toBe('abc');
    expect(read(again.readWhole('state'))).toBe('new');
    expect(again.exists('gone')).toBe(false);
    const sameFile = again.open('journal/1');
    sameFile.append(text('-more'));
    expect(read(sameFile.read(0, 100))).toBe('abc-more');
  });

  it('keeps what was appended without a sync when only the process ends', () => {
    const { disk, reopen } = makeDisk();
    disk.open('a').append(text('unsynced'));

    expect(read(reopen().readWhole('a'))).toBe('unsynced');
  });
}
