import { usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { BanFile, type Disk } from '../../src/mod.ts';

function makeFile(nowS: number, files: Map<string, Uint8Array>): BanFile {
  const disk = {
    writeAtomic: (path: string, bytes: Uint8Array) => void files.set(path, bytes),
    readWhole: (path: string) => {
      const bytes = files.get(path);
      if (!bytes) throw new Error('no such file');
      return bytes;
    },
  } as unknown as Disk;
  return new BanFile({ disk, clock: { wallUs: () => usTime(nowS * 1e6) } });
}

describe('the file of a ban', () => {
  it('tells the end of the ban as long as it lasts', () => {
    const files = new Map<string, Uint8Array>();
    expect(makeFile(100, files).read()).toBeUndefined();
    makeFile(100, files).write(usTime(160e6));

    expect(makeFile(110, files).read()).toBe(160e6);
    expect(makeFile(160, files).read()).toBeUndefined();
  });

  it('makes no longer ban of a clock that was set back', () => {
    const files = new Map<string, Uint8Array>();
    makeFile(100_000, files).write(usTime(100_060e6));

    expect(makeFile(50_000, files).read()).toBe(50_060e6);
  });

  it.each(['', 'x y', '160000000'])('takes %j for no ban', (text) => {
    const files = new Map([['venue-ban', new TextEncoder().encode(text)]]);

    expect(makeFile(100, files).read()).toBeUndefined();
  });

  it('bears a disk that takes nothing', () => {
    const refusing = {
      writeAtomic: () => {
        throw new Error('full');
      },
    } as unknown as Disk;

    expect(() => new BanFile({ disk: refusing, clock: { wallUs: () => usTime(0) } }).write(usTime(1))).not.toThrow();
  });
});
