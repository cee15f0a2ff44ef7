import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENDPOINTS } from '../../src/http/endpoints.ts';
import { type TestClient, TestVenue } from '../kit.ts';

const NO_LIMITS = { weightPerMinute: 1e9, ordersPer10Seconds: 1e9, ordersPerMinute: 1e9, strikesToBan: 1e9, banMs: 1 };

const NAMES = [
  ...['symbol', 'side', 'type', 'timeInForce', 'quantity', 'price', 'reduceOnly', 'positionSide', 'newClientOrderId', 'priceMatch', 'stp'],
  ...[
    'selfTradePreventionMode',
    'goodTillDate',
    'newOrderRespType',
    'orderId',
    'origClientOrderId',
    'orderIdList',
    'origClientOrderIdList',
  ],
  ...[
    'batchOrders',
    'countdownTime',
    'startTime',
    'endTime',
    'fromId',
    'limit',
    'interval',
    'page',
    'incomeType',
    'leverage',
    'marginType',
  ],
  ...[
    'dualSidePosition',
    'multiAssetsMargin',
    'feeBurn',
    'algoType',
    'algoId',
    'clientAlgoId',
    'triggerPrice',
    'callbackRate',
    'activatePrice',
  ],
  ...['workingType', 'closePosition', 'priceProtect', 'modifyId', 'pair', 'contractType', 'amount', 'recvWindow', 'autoCloseType'],
];

const WORDS = [
  ...[
    'SOLUSDT',
    'BTCUSDT',
    'BUY',
    'SELL',
    'LIMIT',
    'MARKET',
    'STOP_MARKET',
    'TRAILING_STOP_MARKET',
    'GTC',
    'GTD',
    'GTX',
    'FOK',
    'true',
    'false',
  ],
  ...['180', '0', '-1', '1', '0.01', '1e-7', '1e309', 'NaN', 'Infinity', '99999999999999999999', '9223372036854775808', '0.000000001', ''],
  ...[
    '00000',
    '.5',
    '5.',
    '+1',
    '0x10',
    'CONDITIONAL',
    'QUEUE',
    'OPPONENT_5',
    'QUEUE_5000',
    'PERPETUAL',
    'ISOLATED',
    'CROSSED',
    'LONG',
    'BOTH',
  ],
  ...[
    '[]',
    '[1,2]',
    '[{"symbol":"SOLUSDT"}]',
    '[[[[',
    '{"a":1}',
    '["x"]',
    '[9223372036854775808]',
    '__proto__',
    'constructor',
    '%00',
    '🙂',
  ],
];

const value = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: fc.string({ maxLength: 60 }) });
const params = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 12, noNullPrototype: true });

describe('a request with any parameters', () => {
  let test: TestVenue;
  let client: TestClient;

  beforeEach(async () => {
    test = await TestVenue.quiet({ limits: NO_LIMITS });
    client = test.client();
    test.client('second').limit('SELL', '181', '5');
  });

  const rest = [...ENDPOINTS.keys()].filter((name) => !name.startsWith('WS '));

  it.each(rest)('is answered or refused, never a failure of the venue: %s', (name) => {
    const [method = '', path = ''] = name.split(' ');
    fc.assert(
      fc.property(params, (given) => {
        const { status, json } = client.call(method, path, given);
        expect([200, 400, 404]).toContain(status);
        if (status !== 200) expect(json).toEqual({ code: expect.any(Number), msg: expect.any(String) });
      }),
      { numRuns: 150 },
    );
    // It may have switched to hedge mode, as asked.
    client.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: false });
    expect(client.limit('BUY', '175', '1', { newClientOrderId: 'still-here' }).status).toBe(200);
  });

  it('over the WS-API neither', () => {
    const socket = test.connect('/ws-fapi/v1');
    const methods = [
      'order.place',
      'order.modify',
      'order.cancel',
      'order.status',
      'algoOrder.place',
      'account.status',
      'depth',
      'nothing',
      '',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...methods), params, fc.jsonValue(), (method, given, id) => {
        test.clock.advance(200); // within its message limit
        socket.send({ id, method, params: given });
        const [answer] = socket.take();
        expect(answer?.status).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
    expect(socket.closed).toBeUndefined();
  });

  it.each(['/public/ws', '/private/stream', '/market/ws/nothing', '/ws-fapi/v1'])(
    'any text on %s is answered or closes that socket alone',
    (path) => {
      const other = test.connect('/public/ws/solusdt@bookTicker');
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.json(), fc.constantFrom('{"method":"SUBSCRIBE","params":["__proto__"],"id":1}')), (text) => {
          test.clock.advance(200);
          const socket = test.connect(path);
          socket.send(text);
          expect(socket.take().length).toBe(1);
          socket.end(1000, '');
        }),
        { numRuns: 200 },
      );
      client.limit('BUY', '175', '1');
      expect(other.take()).toHaveLength(1);
    },
  );
});
