/** Jest's `globalTeardown`: the folder of `own-tmp.ts` goes. What cannot be removed (files of a container's user) is named. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { OWN_TMP } from './own-tmp.ts';

export default function ownTmpEnd(): void {
  const folder = tmpdir();
  if (!basename(folder).startsWith(OWN_TMP)) return;
  // `--watch` runs again.
  process.env.TMPDIR = dirname(folder);
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    process.stderr.write(`left behind in ${folder}: ${String(error)}\n`);
  }
}
