/** Where a launch keeps its data: fresh for each, since the simulator forgets everything when it stops and a journal does not. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of earlier launches that are kept to look into. */
const KEPT = 5;
const NAME = /^\d{8}-\d{6}-\d{3}$/;

/** `data/demo/20261121-014627-383`, by UTC time. */
export function demoFolder(root: string, wallUs: number): string {
  const stamp = new Date(Math.floor(wallUs / 1000)).toISOString().replaceAll(/[-:Z]/g, '');
  return join(root, 'demo', stamp.replace('T', '-').replace('.', '-'));
}

/** Removes all but the newest; what is not ours to remove, or is in use, stays. */
export function tidyDemoFolders(root: string): void {
  const demo = join(root, 'demo');
  for (const name of namesIn(demo).slice(0, -KEPT)) {
    try {
      rmSync(join(demo, name), { recursive: true, force: true });
    } catch {
      // Another user's, or open on a system that locks files: it costs space only.
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
  } catch {
    // Not there yet.
    return [];
  }
}
