import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountTopic, encodeEnvelope, heartbeatTopic } from '@fillwright/messages';
import { type EdgePorts, type PublisherSocket, Sender } from '@fillwright/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../runtime/test/suites/free-port.ts';
import type { EndpointReport } from '../../src/zmq-test/endpoint-check.ts';
import { listEndpoints } from '../../src/zmq-test/endpoint-list.ts';
import { exitCodeFor, runZmqTest } from '../../src/zmq-test/run-zmq-test.ts';
import { startProcess, type TestProcess } from '../_desk.ts';
import { type PaperTerminal, testPorts } from '../_ports.ts';

const CONFIG = join(import.meta.dirname, '../../../../config');
const ORDERS = accountTopic('order', 'BINANCE', 'main');
let ports: EdgePorts & { readonly terminal: PaperTerminal };
let process: TestProcess;

beforeEach(async () => {
  ports = testPorts();
  process = await startProcess(ports);
});

afterEach(() => process.close());

/** No program listens on the port that is kept for discarding. */
const NOBODY = 'tcp://127.0.0.1:9';

/** A market-server's file with these endpoints, and no engine. */
function file(publisher: string, service: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fillwright-zmq-')), 'market.ini');
  writeFileSync(
    path,
    `[GLOBAL]\nPROCESS_NAME=m\n[ZMQ]\nMARKET_PUB_ENDPOINT=${publisher}\nSERVICE_ENDPOINT=${service}\nENGINE_SUB_ENDPOINT=${NOBODY}\n[MARKET]\nSYMBOLS=BTCUSDT\n`,
  );
  return path;
}

async function check(publisher: string, service: string, seconds = 5) {
  const exitCode = await runZmqTest(ports, [file(publisher, service), '--json', '--seconds', String(seconds)]);
  const { ok, endpoints } = JSON.parse(ports.terminal.written) as { readonly ok: boolean; readonly endpoints: readonly EndpointReport[] };
  const [pub, svc, engine] = endpoints;
  return { exitCode, ok, pub, svc, engine };
}

describe('zmq-test', () => {
  it('finds a process that works in order', async () => {
    const { exitCode, ok, pub, svc } = await check(process.publisher, process.service);

    expect([exitCode, ok]).toEqual([0, true]);
    expect(pub).toEqual({
      ...{ key: 'MARKET_PUB_ENDPOINT', endpoint: process.publisher, reachable: true, handshake: true, roundTripUs: null, gaps: 0 },
      ...{ heartbeatAgeMs: expect.any(Number), problem: '' },
    });
    expect(pub?.heartbeatAgeMs).toBeLessThan(3_500);
    expect(svc).toEqual({
      ...{ key: 'SERVICE_ENDPOINT', endpoint: process.service, reachable: true, handshake: true, heartbeatAgeMs: null, gaps: null },
      ...{ roundTripUs: expect.any(Number), problem: '' },
    });
  });

  it('says that nobody is there, with exit code 3', async () => {
    const { exitCode, ok, pub, svc } = await check(`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`, 1);

    expect([exitCode, ok]).toEqual([3, false]);
    const absent = { reachable: false, handshake: false, heartbeatAgeMs: null, roundTripUs: null, gaps: null };
    expect(pub).toMatchObject({ ...absent, problem: 'nobody listens there; is the process running, and is the address right?' });
    expect(svc).toMatchObject(absent);
  });

  it('tells a stranger on the port from a process of ours', async () => {
    const stranger: Server = createServer((socket) => socket.end('220 hello\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => stranger.once('listening', resolve));
    const { port } = stranger.address() as { readonly port: number };
    try {
      const { exitCode, pub } = await check(`tcp://127.0.0.1:${port}`, process.service);

      expect(exitCode).toBe(3);
      expect(pub).toMatchObject({ reachable: true, handshake: false, problem: expect.stringContaining('does not speak ZeroMQ') });
    } finally {
      stranger.close();
    }
  });

  it('sees that publisher and service were mixed up', async () => {
    const { exitCode, pub, svc } = await check(process.service, process.publisher);

    expect(exitCode).toBe(3);
    expect(pub?.problem).not.toBe('');
    expect(svc?.problem).not.toBe('');
  });

  it('says that nobody is there whom the process does not need, and does not fail for that', async () => {
    const { exitCode, engine } = await check(process.publisher, process.service);

    expect(exitCode).toBe(0);
    expect(engine).toMatchObject({
      key: 'ENGINE_SUB_ENDPOINT',
      reachable: false,
      absent: true,
      problem: expect.stringContaining('works without'),
    });
  });

  it('counts what is lost, with exit code 1', async () => {
    const leaky = await ports.bus.bindPublisher('tcp://127.0.0.1:*');
    const stop = publishWithHoles(leaky, ports);
    try {
      const { exitCode, pub } = await check(leaky.endpoint, process.service);

      expect(exitCode).toBe(1);
      expect(pub).toMatchObject({ reachable: true, handshake: true, problem: expect.stringContaining('messages were lost in') });
      expect(pub?.gaps).toBeGreaterThan(0);
    } finally {
      stop();
      await leaky.close();
    }
  });

  it('prints a table for people', async () => {
    await runZmqTest(ports, [file(process.publisher, process.service), '--seconds', '5']);

    expect(ports.terminal.written).toMatch(/KEY +ENDPOINT +REACHABLE +HANDSHAKE +HEARTBEAT +ROUND TRIP +GAPS/);
    expect(ports.terminal.written).toContain('all 2 endpoints of');
  });

  it.each([
    ['no file', ['nowhere.ini'], 'CFG_FILE_UNREADABLE'],
    ['no argument', [], 'RUN_USAGE'],
    ['a time that is none', ['x.ini', '--seconds', 'long'], 'RUN_USAGE'],
  ])('refuses %s', async (_, args, code) => {
    await expect(runZmqTest(ports, args)).rejects.toMatchObject({ code });
  });

  it('refuses a file that is none of ours', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'fillwright-zmq-')), 'x.ini');
    writeFileSync(path, '[database]\nhost=localhost\n');

    await expect(runZmqTest(ports, [path])).rejects.toMatchObject({ code: 'CFG_UNKNOWN_FILE' });
  });
});

describe('the list of endpoints', () => {
  it.each([
    ['exchange_simulator.ini', 'exchange-simulator', 2],
    ['market_server_binance.ini', 'market-server', 3],
    ['trading_engine_binance.ini', 'trading-engine', 9],
    ['position_server_binance.ini', 'position-server', 8],
    ['trader.ini', 'trader', 8],
    ['testnet/trading_engine_binance.ini', 'trading-engine', 9],
  ])('knows every endpoint of %s, without any keys', (name, whose, count) => {
    const list = listEndpoints(join(CONFIG, name), () => undefined);

    expect(list.process).toBe(whose);
    expect(list.endpoints).toHaveLength(count);
  });
});

describe('the exit code', () => {
  const fine = { key: 'K', endpoint: 'e', reachable: true, handshake: true, heartbeatAgeMs: 100, roundTripUs: null, gaps: 0, problem: '' };

  it('is 3 as soon as one endpoint is not there, 1 when all are there and something was lost', () => {
    const leaky = { ...fine, gaps: 2, problem: 'lost' };
    const gone = { ...fine, reachable: false, handshake: false, heartbeatAgeMs: null, gaps: null, problem: 'nobody' };

    expect([exitCodeFor([fine]), exitCodeFor([fine, leaky]), exitCodeFor([leaky, gone])]).toEqual([0, 1, 3]);
  });
});

/** Heartbeats, and orders of which every fifth is never sent. */
function publishWithHoles(socket: PublisherSocket, { clock }: EdgePorts): () => void {
  const sender = new Sender({ src: 'leaky', exchange: 'BINANCE', account: 'main', epoch: 7 }, clock);
  const beat = heartbeatTopic('BINANCE', 'main', 'leaky-test');
  let seq = 0;
  const timer = setInterval(() => {
    seq += 1;
    if (seq % 5 !== 0) socket.send(ORDERS, encodeEnvelope(sender.envelope('marker', ORDERS, seq, { nonce: 'x' })));
    const data = { state: 'ready' as const, reasons: [], loopLagUs: 0, lastSeqs: {} };
    socket.send(beat, encodeEnvelope(sender.envelope('heartbeat', beat, seq, data)));
  }, 50);
  return () => clearInterval(timer);
}
