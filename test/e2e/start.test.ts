import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { areFree, becomeFree, Desk, listening } from './desk.ts';

/** Only a failing test waits so long. */
const SOON_MS = 60_000;
/** All of a stop, as the launcher counts it. */
const STOP_S = 5;
jest.setTimeout(180_000);

let desk: Desk;

beforeEach(async () => {
  desk = await Desk.prepare();
});

afterEach(() => desk.dispose());

/** The one line on stdout. */
function answerOf(stdout: string) {
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

describe('npm start', () => {
  it('trades through real processes, and exchange, engine and position-server agree mid-run and at the end', async () => {
    desk.start('--seconds', '8', '--json');
    const { code, stdout, stderr } = await desk.end(8_000 + SOON_MS);

    const answer = answerOf(stdout);
    expect({ code, problems: answer.problems, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, problems: [], stderr: '' });
    expect(answer).toMatchObject({ ok: true, openOrdersAgree: true, positionsAgree: true, balancesAgree: true, unknownOrders: 0 });
    expect(answer.orders).toBeGreaterThan(10);
    expect(answer.fills).toBeGreaterThan(0);
    expect(answer.roundTripUs.p50).toBeGreaterThan(0);
    expect(answer.compared.mid.orders.exchange.length).toBeGreaterThan(0);
    expect(answer.compared.mid.positions.positionServer.length).toBeGreaterThan(0);
    expect(Object.keys(answer.processes)).toEqual(['exchange-simulator', 'market-server', 'trading-engine', 'position-server', 'trader']);
    expect(stderr).toContain('no order of ours is open at the exchange');
    expect(await areFree(desk.ports.values())).toBe(true);
    // The exchange's own account of the run agrees.
    const accepted = readFileSync(join(desk.folder, 'data/venue.ndjson'), 'utf8');
    expect(accepted.split('\n').length).toBeGreaterThan(answer.orders);
  });

  it('brings a killed engine back without losing or doubling an order', async () => {
    // An order that it died over is believed gone 17 s after its restart: only then can all be at rest and be compared.
    desk.start('--seconds', '30', '--json');
    await desk.until(/trading · orders [1-9]/, SOON_MS);
    const pid = Number(/"pid":(\d+)/.exec(desk.log('trading_engine_binance'))?.[1]);
    process.kill(pid, 'SIGKILL');
    const { code, stdout, stderr } = await desk.end(30_000 + SOON_MS);

    const answer = answerOf(stdout);
    expect({ code, problems: answer.problems }).toEqual({ code: 0, problems: [] });
    expect(answer.processes['trading-engine']).toMatchObject({ state: 'ready', restarts: 1 });
    expect(stderr).toContain('trading-engine ended with signal SIGKILL; it is started again in 1 s');
  });

  it.each([
    ['Ctrl-C', () => desk.pressCtrlC()],
    ['SIGTERM to npm', () => desk.signal('SIGTERM')],
  ])('stops in order on %s and leaves no order behind', async (_, stop) => {
    desk.start('--plain');
    await desk.until(/trading · orders [1-9]/, SOON_MS);
    stop();
    // The outputs are closed when the last process is gone; npm's own exit code depends on the shell between.
    const { stderr } = await desk.end(SOON_MS);

    expect(stderr).toContain('no order of ours is open at the exchange');
    expect(Number(/all stopped in (\d+\.\d) s/.exec(stderr)?.[1])).toBeLessThanOrEqual(STOP_S);
    expect(await areFree(desk.ports.values())).toBe(true);
  });

  it('takes its processes along when it is killed', async () => {
    desk.start('--plain');
    await desk.until(/trading · orders [1-9]/, SOON_MS);
    const launcher = Number(/"pid":(\d+)/.exec(desk.log('launcher'))?.[1]);
    process.kill(launcher, 'SIGKILL');
    await desk.end(SOON_MS);

    // They stop on their own, a moment later.
    expect(await becomeFree(desk.ports.values(), SOON_MS)).toBe(true);
  });

  it('names a port that is in use, with its key and file', async () => {
    const port = desk.ports.get(6002) ?? 0;
    const server = await listening(port);
    try {
      desk.start('--seconds', '5', '--json');
      const { code, stdout } = await desk.end(SOON_MS);

      expect(code).toBe(1);
      const { error } = answerOf(stdout);
      expect(error.code).toBe('RUN_PORT_IN_USE');
      expect(error.message).toMatch(
        new RegExp(`port ${port}, ORDER_EVENTS_PUB_ENDPOINT of trading-engine \\(.*trading_engine_binance.ini\\)`),
      );
    } finally {
      server.close();
    }
  });

  it('names a file that is missing', async () => {
    rmSync(join(desk.configFolder, 'trader.ini'));
    desk.start('--seconds', '5', '--json');
    const { code, stdout } = await desk.end(SOON_MS);

    expect([code, answerOf(stdout).error]).toEqual([
      2,
      { code: 'CFG_FILE_UNREADABLE', message: expect.stringContaining('trader.ini: there is no such file') },
    ]);
  });

  it('names a process that cannot run, in its own words, and stops the rest', async () => {
    const path = join(desk.configFolder, 'trader.ini');
    writeFileSync(path, readFileSync(path, 'utf8').replace('CLASS=TwoSidedQuoter', 'CLASS=Absent'));
    desk.start('--seconds', '5', '--json');
    const { code, stdout } = await desk.end(SOON_MS);

    expect(code).toBe(1);
    const { error } = answerOf(stdout);
    expect(error.code).toBe('TOL_PROCESS_DIED');
    expect(error.message).toMatch(/trader ended with exit code 1: TRD_STRATEGY_NOT_FOUND: .*Absent.*; see .*trader\.log/);
    expect(await areFree(desk.ports.values())).toBe(true);
  });
});
