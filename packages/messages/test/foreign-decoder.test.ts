import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { CATALOG, encodeEnvelope, exampleEnvelope, type MessageType } from '../src/mod.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/decode_msgpack.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

if (!hasPython) it.skip('a plain Python decoder reads every example (skipped: no python3 on this machine)', () => {});
else {
  it('a plain Python decoder reads every example as it was meant', () => {
    const envelopes = (Object.keys(CATALOG) as MessageType[]).map((type) => exampleEnvelope(type, CATALOG[type].stream));
    const input = Buffer.concat(
      envelopes.flatMap((envelope) => {
        const body = encodeEnvelope(envelope);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(body.length);
        return [length, body];
      }),
    );

    const run = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8' });

    expect(run.stderr).toBe('');
    const documents = run.stdout.trimEnd().split('\n');
    expect(documents.map((line) => JSON.parse(line))).toEqual(envelopes.map((envelope) => JSON.parse(JSON.stringify(envelope))));
  });
}
