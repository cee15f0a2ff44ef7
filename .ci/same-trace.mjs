/** Fails unless the two outputs of `npm run simulate -- --json` end with the same trace hash. */
import { readFileSync } from 'node:fs';

const hashes = process.argv.slice(2, 4).map((path) => JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '').traceHash);
process.stdout.write(`trace hashes: ${hashes.join(' ')}\n`);
if (typeof hashes[0] !== 'string' || hashes[0] !== hashes[1]) process.exitCode = 1;
