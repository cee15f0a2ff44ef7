import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOrderId, usTime } from '@fillwright/domain';
import { EXAMPLES } from '@fillwright/messages';
import { createNodeDisk, type EdgePorts, EXIT, type Journal, openJournal } from '@fillwright/runtime';
import { encodeRecord, type JournalRecord } from '@fillwright/trading-engine';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../../src/cli/run-cli.ts';
import { type PaperTerminal, testPorts } from '../_ports.ts';

const TS = usTime(1_767_225_600_000_001);
let root: string;
let journal: Journal;
let ports: EdgePorts & { readonly terminal: PaperTerminal };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fillwright-journal-'));
  ports = testPorts();
  journal = openJournal(createNodeDisk(root), { folder: 'journal', segmentBytes: 2_000 });
  const { change } = { change: EXAMPLES['order.event'] };
  const order = { ...change.order, clientOrderId: 'q1tkr3x01' as ClientOrderId };
  const records: readonly JournalRecord[] = [
    { k: 'boot', ts: TS, epoch: 1 },
    { k: 'order', ts: TS, change: { ...change, order } },
    { k: 'balance', ts: TS, balance: { asset: 'USDT', wallet: '100.5', cause: 'trade', venueTs: TS } },
    { k: 'mode', ts: TS, mode: 'reduce-only', who: 'operator', why: 'lunch' },
  ];
  for (let round = 0; round < 5; round += 1) for (const record of records) journal.append(encodeRecord(record));
});
afterEach(() => {
  journal.close();
  rmSync(root, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const before = ports.terminal.written.length;
  const code = await runCli(ports, ['journal', ...args]);
  return { code, out: ports.terminal.written.slice(before) };
}

function lastFile(folder: string): string {
  return join(folder, 'journal', readdirSync(join(folder, 'journal')).sort().at(-1) ?? '');
}

describe('fillwright journal verify', () => {
  it('finds a journal sound while its engine has it open, and says so in one line of JSON', async () => {
    const { code, out } = await run('verify', root, '--json');

    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({ ok: true, records: 20, firstPos: 1, lastPos: 20 });
    expect((await run('verify', join(root, 'journal'))).out).toContain('sound: 20 records');
    journal.append(encodeRecord({ k: 'boot', ts: TS, epoch: 2 }));
    expect(JSON.parse((await run('verify', root, '--json')).out)).toMatchObject({ lastPos: 21 });
  });

  it('tells a torn end, which is no damage, and cuts nothing off', async () => {
    const copy = join(root, 'copy');
    cpSync(join(root, 'journal'), join(copy, 'journal'), { recursive: true });
    const size = statSync(lastFile(copy)).size - 5;
    truncateSync(lastFile(copy), size);
    const { code, out } = await run('verify', copy);

    expect(code).toBe(EXIT.ok);
    expect(out).toContain('are no whole record');
    expect(statSync(lastFile(copy)).size).toBe(size);
  });

  it('fails with exit code 1 and the place when a byte is not as it was written', async () => {
    const copy = join(root, 'copy');
    cpSync(join(root, 'journal'), join(copy, 'journal'), { recursive: true });
    const first = join(copy, 'journal', '0000000000000001.journal');
    const bytes = readFileSync(first);
    bytes[90] = (bytes[90] ?? 0) ^ 1;
    writeFileSync(first, bytes);
    const { code, out } = await run('verify', copy, '--json');

    expect(code).toBe(EXIT.failed);
    expect(JSON.parse(out)).toMatchObject({ ok: false, fault: { file: 'journal/0000000000000001.journal', reason: 'bad checksum' } });
  });
});

describe('fillwright journal replay', () => {
  it('gives the same digest for the same state, whatever folder it stands in, and another one for another state', async () => {
    const copy = join(root, 'copy');
    cpSync(join(root, 'journal'), join(copy, 'journal'), { recursive: true });
    const digestOf = async (...args: readonly string[]) => JSON.parse((await run('replay', ...args, '--digest', '--json')).out) as object;
    const here = await digestOf(root);

    expect(here).toMatchObject({ ok: true, pos: 20, records: 20, snapshotPos: 0, mode: 'reduce-only' });
    expect(await digestOf(copy)).toEqual(here);
    expect(await digestOf(root, '--to', '19')).not.toHaveProperty('digest', (here as { digest: string }).digest);
    expect((await run('replay', root)).out).not.toContain('digest');
  });

  it('refuses a position that is not there', async () => {
    await expect(run('replay', root, '--to', '21')).rejects.toMatchObject({ code: 'RUN_USAGE' });
  });

  it('says that a journal without its beginning needs its snapshots', async () => {
    journal.dropBefore(15);

    await expect(run('replay', root)).rejects.toMatchObject({ code: 'ENG_STATE_LOST' });
  });
});

describe('fillwright journal tail', () => {
  it('shows the newest records in words, oldest first', async () => {
    const { out } = await run('tail', root, '-n', '3');
    const lines = out.trim().split('\n');

    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^18 2026-01-01T00:00:00\.000001Z order q1tkr3x01 /);
    expect(lines.slice(1)).toEqual([
      '19 2026-01-01T00:00:00.000001Z balance USDT 100.5 (trade)',
      '20 2026-01-01T00:00:00.000001Z mode reduce-only by operator: lunch',
    ]);
  });

  it('shows them as one line of JSON', async () => {
    const { out } = await run('tail', root, '-n', '2', '--json');

    expect(out.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      records: [
        { pos: 19, k: 'balance' },
        { pos: 20, k: 'mode' },
      ],
    });
  });
});

describe('what is asked wrongly', () => {
  it.each([[], ['bogus'], ['tail'], ['tail', '.', '-n', '0'], ['verify', '/nowhere/at/all']])(
    'is a usage error: journal %j',
    async (...args) => {
      await expect(run(...args.flat())).rejects.toMatchObject({ code: 'RUN_USAGE' });
    },
  );
});
