import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLES, type MessageData } from '@fillwright/messages';
import type { EdgePorts } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../../src/cli/run-cli.ts';
import { startProcess, type TestProcess } from '../_desk.ts';
import { type PaperTerminal, testPorts } from '../_ports.ts';

const CONFIG = join(import.meta.dirname, '../../../../config');
const AGREES = EXAMPLES['service.reconciliation'];
let ports: EdgePorts & { readonly terminal: PaperTerminal };
let process: TestProcess;
let asked: unknown[];
let pass: MessageData<'service.reconciliation'>;

beforeEach(async () => {
  ports = testPorts();
  asked = [];
  pass = { ...AGREES };
  process = await startProcess(ports, {
    handlers: {
      'service.reconcile': ({ data }, respond) => {
        asked.push(data);
        respond('service.reconciliation', pass);
      },
      'service.retire-consumer': ({ data }, respond) => {
        asked.push(data);
        if (data.consumer === 'old') respond('service.ok', { text: 'old is forgotten' });
        else respond('service.error', { code: 'ENG_CONSUMER_UNKNOWN', text: 'no such consumer' });
      },
    },
  });
});

afterEach(() => process.close());

function engineFile(name = 'trading_engine_binance.ini'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fillwright-cli-')), name);
  const text = readFileSync(join(CONFIG, name), 'utf8');
  writeFileSync(path, text.replace(/^SERVICE_ENDPOINT=.*$/m, `SERVICE_ENDPOINT=${process.service}`));
  return path;
}

describe('fillwright reconcile', () => {
  it('tells both digests and ends with 0 when all agree', async () => {
    expect(await runCli(ports, ['reconcile', engineFile(), '--why', 'weekend'])).toBe(0);

    expect(asked).toEqual([{ who: 'fillwright_tools', why: 'weekend' }]);
    expect(ports.terminal.written).toContain('agrees at position 90214 after 1 looks');
    expect(ports.terminal.written).toContain(`venue: 1 orders, 1 positions, 1 balances, digest ${AGREES.venue.digest}`);
    expect(ports.terminal.written).toContain('position-server at 90211: agrees');
  });

  it('tells the first difference and ends with 1', async () => {
    pass = { ...AGREES, verdict: 'differs', differences: 1, firstDifference: 'balance USDT: engine 1, venue 2' };

    expect(await runCli(ports, ['reconcile', engineFile(), '--why', 'x', '--json'])).toBe(1);

    expect(JSON.parse(ports.terminal.written)).toMatchObject({
      ok: false,
      verdict: 'differs',
      firstDifference: expect.stringContaining('USDT'),
    });
  });
});

describe('fillwright retire-consumer', () => {
  it('names the consumer, who asks and why, and tells the answer', async () => {
    expect(await runCli(ports, ['retire-consumer', 'old', engineFile(), '--why', 'gone', '--json'])).toBe(0);

    expect(asked).toEqual([{ consumer: 'old', who: 'fillwright_tools', why: 'gone' }]);
    expect(JSON.parse(ports.terminal.written)).toEqual({ ok: true, consumer: 'old', text: 'old is forgotten' });
  });

  it.each([
    ['the engine that knows no such consumer', () => ['odl', engineFile(), '--why', 'x'], 'ENG_CONSUMER_UNKNOWN'],
    ['a missing reason', () => ['old', engineFile()], 'RUN_USAGE'],
    ['a file of another process', () => ['old', engineFile('position_server_binance.ini'), '--why', 'x'], 'RUN_USAGE'],
  ])('fails with a code for %s', async (_what, args, code) => {
    await expect(runCli(ports, ['retire-consumer', ...args()])).rejects.toMatchObject({ code });
  });
});
