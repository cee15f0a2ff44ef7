/** Bounds what runs leave behind when each has a folder of its own. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the folders in `parent` whose names match, save the last `keep` by name; what cannot be removed stays. */
export function removeOldFolders(parent: string, names: RegExp, keep: number): void {
  const old = namesIn(parent).filter((name) => names.test(name));
  for (const name of old.slice(0, Math.max(0, old.length - keep))) {
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, or open on a system that locks files: it costs space only.
    }
  }
}

/** Sorted by code unit; none when there is no such folder. */
function namesIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
