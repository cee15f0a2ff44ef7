/** Jest's `globalSetup`: whatever tests and their processes leave in the system's temporary folder lies in one of this run, and goes with it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the folder's name begins. */
export const OWN_TMP = 'fillwright-tests-';

export default function ownTmp(): void {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), OWN_TMP));
}
