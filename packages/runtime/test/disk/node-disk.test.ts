import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createNodeDisk } from '../../src/disk/node-disk.ts';
import { DiskError } from '../../src/ports/disk.ts';
import { describeDisk } from '../suites/disk.ts';

const base = mkdtempSync(join(tmpdir(), 'fillwright-disk-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const newRoot = (): string => mkdtempSync(join(base, 'root-'));

describeDisk('node:fs', () => {
  const root = join(newRoot(), 'made', 'on demand');
  return { disk: createNodeDisk(root), reopen: () => createNodeDisk(root) };
});

function errorOf(work: () => unknown): DiskError {
  try {
    work();
  } catch (error) {
    if (error instanceof DiskError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('node:fs disk', () => {
  it('does not touch the disk before it is used', () => {
    const root = join(newRoot(), 'later');
    createNodeDisk(root);

    expect(existsSync(root)).toBe(false);
  });

  it('names the path and keeps the cause of a failure', () => {
    const error = errorOf(() => createNodeDisk(newRoot()).readWhole('some/file'));

    expect(error.path).toBe('some/file');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  it('leaves nothing of a file that it could not replace later', async () => {
    const root = newRoot();
    mkdirSync(join(root, 'state/in the way'), { recursive: true });
    const failed = await new Promise<DiskError | undefined>((resolve) =>
      createNodeDisk(root).writeAtomicLater?.('state', new Uint8Array(10), resolve),
    );

    expect(failed).toMatchObject({ code: 'failed', path: 'state' });
    expect(readdirSync(root)).toEqual(['state']);
  });

  // The kernel gives these answers without a special file system: /dev/full is always full, /proc refuses new names.
  const linux = process.platform === 'linux' ? it : it.skip;
  if (process.platform !== 'linux') console.warn('skipped: /dev/full exists on Linux only');

  linux('says `full` when the device takes no more', () => {
    const root = newRoot();
    symlinkSync('/dev/full', join(root, 'device'));
    const file = createNodeDisk(root).open('device');

    expect(errorOf(() => file.append(new Uint8Array(10))).code).toBe('full');
  });

  linux('says `denied` when the system forbids it', () => {
    const root = newRoot();
    mkdirSync(join(root, 'locked'));
    chmodSync(join(root, 'locked'), 0o500);
    // Root may write anywhere but into a write-protected kernel file.
    const asRoot = process.getuid?.() === 0;
    if (asRoot) symlinkSync('/proc/sys/kernel', join(root, 'kernel'));
    const path = asRoot ? 'kernel/osrelease' : 'locked/new';

    expect(errorOf(() => createNodeDisk(root).open(path)).code).toBe('denied');
  });

  it('says `failed` for all else', () => {
    const root = newRoot();
    mkdirSync(join(root, 'folder'));

    expect(errorOf(() => createNodeDisk(root).open('folder')).code).toBe('failed');
  });

  it('hides and later clears what a dead writer left, and leaves that of a live one', () => {
    const root = newRoot();
    const live = `.write-${process.ppid}-state`;
    writeFileSync(join(root, '.write-999999999-state'), 'half');
    writeFileSync(join(root, live), 'half');
    const disk = createNodeDisk(root);

    expect(disk.list('')).toEqual([]);
    disk.writeAtomic('state', new Uint8Array(1));
    expect(readdirSync(root)).toEqual([live, 'state']);
  });

  it('keeps the old version and removes the temporary file when a replacement fails', () => {
    const root = newRoot();
    mkdirSync(join(root, 'state'));

    expect(errorOf(() => createNodeDisk(root).writeAtomic('state', new Uint8Array(1))).code).toBe('failed');
    expect(readdirSync(root)).toEqual(['state']);
  });
});
