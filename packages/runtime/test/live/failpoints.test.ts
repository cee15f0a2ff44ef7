import { describe, expect, it } from '@jest/globals';
import { FAILPOINT_VARIABLE, withFailpoints } from '../../src/live/failpoints.ts';
import type { EdgePorts } from '../../src/ports/ports.ts';

const HERE = { HTTP_API: { HTTP_BASE_URL: 'http://127.0.0.1:5080' }, ZMQ: { TRADER_SUB_ENDPOINT: ['tcp://127.0.0.1:7003'] } };

function portsWith(failpoint: string | undefined) {
  const alarms: unknown[] = [];
  const notes: string[] = [];
  const ports = {
    secrets: { environment: (name: string) => (name === FAILPOINT_VARIABLE ? failpoint : undefined) },
    log: { error: (event: string, fields: object) => alarms.push({ event, ...fields }) },
    terminal: { note: (line: string) => notes.push(line) },
  } as unknown as EdgePorts;
  return { ports, alarms, notes };
}

describe('a failpoint', () => {
  it('is not there without its variable', () => {
    const { ports } = portsWith(undefined);

    expect(withFailpoints(ports, HERE)).toBe(ports);
  });

  it('is said loudly, and does nothing before its passage', () => {
    const { ports, alarms, notes } = portsWith('engine.sending-journaled:3');

    const { failpoints } = withFailpoints(ports, HERE);
    for (let passage = 1; passage < 3; passage += 1) failpoints?.reach('engine.sending-journaled', 'q1');
    failpoints?.reach('engine.intent-journaled', 'q1');

    expect(alarms).toEqual([{ event: 'failpoint-armed', code: 'CFG_FAILPOINT', name: 'engine.sending-journaled', passage: 3 }]);
    expect(notes).toEqual([expect.stringContaining('will kill itself at passage 3 of engine.sending-journaled')]);
  });

  it.each(['engine.no-such-point', 'engine.sending-journaled:0', 'engine.sending-journaled:1:2', 'engine.sending-journaled:x'])(
    'is refused when it is written %s',
    (written) => {
      expect(() => withFailpoints(portsWith(written).ports, HERE)).toThrow('expected <name>[:<passage>]');
    },
  );

  it.each([
    { HTTP_API: { HTTP_BASE_URL: 'https://fapi.binance.com' } },
    { HTTP_API: { HTTP_BASE_URL: 'https://testnet.binancefuture.com' } },
    { HTTP_API: { HTTP_BASE_URL: 'http://exchange-simulator:5080' } },
    { ZMQ: { TRADER_SUB_ENDPOINT: ['tcp://127.0.0.1:7003', 'tcp://10.0.0.7:7013'] } },
    { ZMQ: { ORDER_EVENTS_PUB_ENDPOINT: 'tcp://*:6002' } },
    { ACCOUNT: new Map([['demo', { URL: 'wss://elsewhere.example/ws' }]]) },
  ])('is refused where an address is not this machine: %j', (elsewhere) => {
    const { ports, alarms } = portsWith('engine.sending-journaled');

    expect(() => withFailpoints(ports, { ...HERE, ...elsewhere })).toThrow('is elsewhere: unset it');
    expect(alarms).toEqual([]);
  });
});
