/** One suite in a process of its own: loads the file named by the argument, runs its one `…Bench` function, hands the rows to the parent. */
import { pathToFileURL } from 'node:url';

// A suite whose parent is gone works for nobody.
process.on('disconnect', () => process.exit(1));
const [path = ''] = process.argv.slice(2);
const suite = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
const run = Object.entries(suite).find(([name, value]) => name.endsWith('Bench') && typeof value === 'function')?.[1];
if (typeof run !== 'function') throw new Error(`${path} exports no function whose name ends with Bench`);
const rows: unknown = await run();
process.send?.(rows, () => process.exit(0));
