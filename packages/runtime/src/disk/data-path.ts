/** Turns a name below the data directory into a real path, and refuses every name that would leave it. */
import { join } from 'node:path';

/** `undefined` when `path` is absolute, climbs out, or is not a plain `/`-separated name. `''` is the root itself. */
export function dataPath(root: string, path: string): string | undefined {
  if (path === '') return root;
  if (path.includes('\\') || path.includes('\0')) return undefined;
  const parts = path.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return plain ? join(root, ...parts) : undefined;
}
