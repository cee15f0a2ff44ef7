import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLES, type MessageOf } from '@fillwright/messages';
import type { EdgePorts } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../../src/cli/run-cli.ts';
import { startProcess, type TestProcess } from '../_desk.ts';
import { type PaperTerminal, testPorts } from '../_ports.ts';

const CONFIG = join(import.meta.dirname, '../../../../config');
let ports: EdgePorts & { readonly terminal: PaperTerminal };
let process: TestProcess;
let settled: MessageOf<'service.settle-order'>['data'][];
let controls: MessageOf<'service.control'>['data'][];

beforeEach(async () => {
  ports = testPorts();
  controls = [];
  settled = [];
  const { order } = EXAMPLES['order.event'];
  const doubtful = {
    ...order,
    clientOrderId: 'q1doubt' as typeof order.clientOrderId,
    state: 'pending' as const,
    phase: 'unknown' as const,
  };
  process = await startProcess(ports, {
    snapshot: () => ({
      positions: [EXAMPLES['position.changed'].position],
      balances: [EXAMPLES['position.balance'].balance],
      appliedPos: 41,
    }),
    handlers: {
      'service.query-account': (_, respond) =>
        respond('service.account', {
          pos: 42,
          orders: [order, doubtful],
          positions: [],
          balances: [],
          unknownOrders: 1,
          ordersInFlight: 0,
        }),
      'service.settle-order': ({ data }, respond) => {
        settled.push(data);
        if (data.outcome === 'never-existed') respond('service.error', { code: 'ENG_NOT_UNKNOWN', text: 'not unknown' });
        else respond('service.ok', { text: `${data.clientOrderId} is ${data.outcome}` });
      },
      'service.control': ({ data }, respond) => {
        controls.push(data);
        if (data.action === 'halt') respond('service.error', { code: 'ENG_NOT_RUNNING', text: 'the engine is not running' });
        else respond('service.ok', { text: `mode is ${data.action}` });
      },
    },
  });
});

afterEach(() => process.close());

/** A shipped file whose process answers at `service`. */
function file(name: string, service = process.service): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fillwright-cli-')), name);
  writeFileSync(path, readFileSync(join(CONFIG, name), 'utf8').replace(/^SERVICE_ENDPOINT=.*$/m, `SERVICE_ENDPOINT=${service}`));
  return path;
}

describe('fillwright', () => {
  it('lists orders that are not closed, those in doubt first', async () => {
    expect(await runCli(ports, ['orders', file('trading_engine_binance.ini'), '--json'])).toBe(0);

    expect(JSON.parse(ports.terminal.written)).toMatchObject({
      ...{ ok: true, pos: 42, unknownOrders: 1 },
      orders: [{ clientOrderId: 'q1doubt' }, { phase: 'partially-filled' }],
    });
  });

  it('lists positions and balance for a person', async () => {
    await runCli(ports, ['positions', file('position_server_binance.ini')]);

    expect(ports.terminal.written).toMatch(/BTCUSDT-PERP +\+0.350 +97,300.46/);
    expect(ports.terminal.written).toContain('wallet 10,250.75 USDT');
  });

  it('hands on what to do, who asks and why', async () => {
    await runCli(ports, ['control', 'pause', file('trader.ini'), '--why', 'lunch', '--json']);
    await runCli(ports, ['control', 'cancel-mine', file('trader.ini'), '--why', 'enough']);

    expect(controls).toEqual([
      { action: 'pause', who: 'fillwright_tools', why: 'lunch' },
      { action: 'cancel-mine', owner: 'q1', who: 'fillwright_tools', why: 'enough' },
    ]);
    expect(ports.terminal.written.split('\n')).toEqual([
      '{"ok":true,"process":"trader","action":"pause","text":"mode is pause"}',
      'trader: mode is cancel-mine',
      '',
    ]);
  });

  it('hands on how an unknown order is settled, by whom and why', async () => {
    const path = file('trading_engine_binance.ini');
    const figures = ['--filled', '0.5', '--price', '97000', '--venue-order-id', '881'];
    await runCli(ports, ['orders', 'settle', 'q1a', path, '--as', 'filled', '--by', 'ann', '--reason', 'seen', ...figures, '--json']);
    await runCli(ports, ['orders', 'settle', 'q1b', path, '--as', 'canceled', '--by', 'ann', '--reason', 'seen']);

    expect(settled).toEqual([
      { clientOrderId: 'q1a', outcome: 'filled', filledQty: '0.5', price: '97000', venueOrderId: '881', who: 'ann', why: 'seen' },
      { clientOrderId: 'q1b', outcome: 'canceled', who: 'ann', why: 'seen' },
    ]);
    expect(ports.terminal.written).toBe('{"ok":true,"clientOrderId":"q1a","outcome":"filled","text":"q1a is filled"}\nq1b is canceled\n');
  });

  it('passes on that an order cannot be settled', async () => {
    const words = ['orders', 'settle', 'q1a', file('trading_engine_binance.ini'), '--as', 'never-existed', '--by', 'ann', '--reason', 'x'];

    await expect(runCli(ports, words)).rejects.toMatchObject({ code: 'ENG_NOT_UNKNOWN' });
  });

  it('passes on the refusal of a service', async () => {
    const asking = runCli(ports, ['control', 'halt', file('trading_engine_binance.ini'), '--why', 'test']);

    await expect(asking).rejects.toMatchObject({ code: 'ENG_NOT_RUNNING' });
  });

  it('says that nobody answers', async () => {
    const path = file('trading_engine_binance.ini', 'tcp://127.0.0.1:1');

    await expect(runCli(ports, ['orders', path])).rejects.toMatchObject({ code: 'TOL_NOT_REACHABLE' });
  });

  it.each([
    ['a process that has no orders', () => ['orders', file('position_server_binance.ini')], 'RUN_USAGE'],
    ['a file of nobody to steer', () => ['control', 'pause', file('market_server_binance.ini'), '--why', 'x'], 'CFG_UNKNOWN_FILE'],
    ['an action that is none', () => ['control', 'fly', file('trader.ini'), '--why', 'x'], 'RUN_USAGE'],
    ['a verdict without a name', () => ['orders', 'settle', 'q1a', '--as', 'filled', '--reason', 'x'], 'RUN_USAGE'],
    ['a verdict that is none', () => ['orders', 'settle', 'q1a', '--as', 'fine', '--by', 'ann', '--reason', 'x'], 'RUN_USAGE'],
    ['an action without a reason', () => ['control', 'pause', file('trader.ini')], 'RUN_USAGE'],
    ['a command that is none', () => ['launch'], 'RUN_USAGE'],
  ])('refuses %s', async (_, args, code) => {
    await expect(runCli(ports, args())).rejects.toMatchObject({ code });
  });

  it('explains itself', async () => {
    await runCli(ports, []);

    expect(ports.terminal.written).toContain('positions [options] [config]');
  });
});
