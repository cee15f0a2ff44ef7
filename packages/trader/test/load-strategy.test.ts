import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadStrategy } from '../src/load-strategy.ts';

describe('loadStrategy', () => {
  it('makes the class an INI file names', async () => {
    expect((await loadStrategy('@fillwright/strategies', 'TwoSidedQuoter')).constructor.name).toBe('TwoSidedQuoter');
  });

  it('says what a module exports when the class is not there', async () => {
    await expect(loadStrategy('@fillwright/strategies', 'OneSidedQuoter')).rejects.toMatchObject({
      code: 'TRD_STRATEGY_NOT_FOUND',
      message: expect.stringContaining('classes there: TwoSidedQuoter'),
    });
  });

  it('refuses a class that is no strategy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strategy-'));
    writeFileSync(join(folder, 'mine.mjs'), 'export class Mine {}\n');

    await expect(loadStrategy(join(folder, 'mine.mjs'), 'Mine')).rejects.toMatchObject({
      message: expect.stringContaining('does not extend Strategy'),
    });
    rmSync(folder, { recursive: true });
  });

  it('says which module cannot be loaded', async () => {
    await expect(loadStrategy('./nowhere.ts', 'X')).rejects.toMatchObject({
      message: expect.stringContaining('./nowhere.ts cannot be loaded'),
    });
  });
});
