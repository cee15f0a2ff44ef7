import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createNodeDisk } from '../../src/disk/node-disk.ts';
import { createReadOnlyDisk } from '../../src/disk/read-only-disk.ts';
import { DiskError } from '../../src/ports/disk.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fillwright-disk-'));
  createNodeDisk(root).writeAtomic('journal/a', new TextEncoder().encode('hello world'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('a disk for looking only', () => {
  it('shows what is there, also what is written meanwhile', () => {
    const disk = createReadOnlyDisk(root);
    const file = disk.open('journal/a');
    createNodeDisk(root).open('journal/a').append(new TextEncoder().encode('!'));

    expect(new TextDecoder().decode(file.read(6, 100))).toBe('world!');
    expect([file.size, disk.list('journal'), disk.list('none'), disk.exists('journal/a')]).toEqual([12, ['a'], [], true]);
    expect(new TextDecoder().decode(disk.readWhole('journal/a'))).toBe('hello world!');
    file.close();
    file.close();
  });

  it('refuses every change, and makes no file by opening it', () => {
    const disk = createReadOnlyDisk(root);
    const file = disk.open('journal/a');
    const bytes = new Uint8Array(1);

    const refused = [
      () => file.append(bytes),
      () => file.truncate(0),
      () => file.sync(),
      () => disk.writeAtomic('x', bytes),
      () => disk.remove('journal/a'),
    ];
    expect(refused.map(codeOf)).toEqual(Array(5).fill('read-only'));
    expect([codeOf(() => disk.open('none')), codeOf(() => disk.open('../x'))]).toEqual(['absent', 'denied']);
    expect(disk.exists('none')).toBe(false);
    file.close();
  });
});
