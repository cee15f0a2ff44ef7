/** Checks: keys, signatures, clocks and limits, as the client tells their refusals. */
import { expect } from '@jest/globals';
import { answer, grants, replaced, setUp } from '../breaks/break.ts';
import { type ClientDesk, told } from '../clients/client-desk.ts';
import type { Refused } from '../clients/client-under-test.ts';
import { type Credentials, NO_LIMITS, SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

function credentialsCheck(id: string, what: string, changes: Partial<Credentials>, code: number, msg: string): Check {
  return {
    id,
    area: 'access',
    name: `refuses ${what}`,
    codes: [code],
    breaks: [grants(code), answer('the code is another', /GET/, replaced(`"code":${code},`, '"code":-1002,'))],
    async run(desk) {
      expect(await told(desk, async () => (await desk.another(changes)).balance())).toEqual({ code, msg });
    },
  };
}

function clockCheck(id: string, skewMs: number, msg: string): Check {
  return {
    id,
    area: 'access',
    name: `refuses a clock that is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'behind' : 'ahead'}`,
    codes: [-1021],
    breaks: [grants(-1021), answer('the text is another', /GET/, replaced(msg, 'Timestamp.'))],
    async run(desk) {
      await desk.venue.control('POST', 'clock', { skewMs });
      expect(await told(desk, () => desk.ours.balance())).toEqual({ code: -1021, msg });
    },
  };
}

const WEIGHT: Check = {
  id: 'weight-and-ban',
  area: 'access',
  name: 'says when the weight is used up, and bans who does not listen',
  codes: [-1003],
  options: { limits: { ...NO_LIMITS, weightPerMinute: 60, strikesToBan: 4, banMs: 120_000 } },
  breaks: [
    setUp('there is no limit', { limits: NO_LIMITS }),
    setUp('nobody is ever banned', { limits: { ...NO_LIMITS, weightPerMinute: 60, strikesToBan: 1e9 } }),
    answer('the code is another', /GET/, replaced('"code":-1003,', '"code":-1015,')),
  ],
  async run(desk) {
    const answers: (Refused | string)[] = [];
    await desk.venue.until('a ban', async () => {
      const said = await told(desk, () => desk.ours.balance());
      answers.push(said);
      return typeof said !== 'string' && /banned until/.test(said.msg);
    });
    const refusals = answers.filter((one): one is Refused => typeof one !== 'string');
    expect(refusals.every(({ code }) => code === -1003)).toBe(true);
    expect(refusals[0]?.msg).toMatch(/^Too many requests; current limit of IP\(.+\) is 60 requests per minute\./);
    expect(refusals.at(-1)?.msg).toMatch(/^Way too many requests; IP\(.+\) banned until \d{13}\./);
  },
};

const ORDER_LIMIT: Check = {
  id: 'order-limit',
  area: 'access',
  name: 'says when there were too many orders',
  codes: [-1015],
  options: { limits: { ...NO_LIMITS, ordersPer10Seconds: 3 } },
  breaks: [setUp('there is no limit', { limits: NO_LIMITS }), grants(-1015)],
  async run(desk) {
    const { ours, venue } = desk;
    let said: Refused | string = '';
    await venue.until('too many orders', async () => {
      said = await told(desk, () => ours.place({ side: 'BUY', price: '175', quantity: '1' }));
      return said !== 'granted';
    });
    expect(said).toEqual({ code: -1015, msg: 'Too many new orders; current limit is 3 orders per 10 SECONDS.' });
    expect(await ours.openOrders(SYMBOL)).toHaveLength(venue.openOrders('demo'));
  },
};

/** The order waits before the engine longer than its window: the engine refuses it, as the last one who looks at the clock. */
const ENGINE_WINDOW: Check = {
  id: 'engine-window',
  area: 'access',
  name: 'refuses an order that came to the engine after its window',
  codes: [-5028],
  breaks: [grants(-5028)],
  async run(desk: ClientDesk) {
    const { ours, venue } = desk;
    await venue.control('POST', 'faults', { kind: 'delay-before', method: 'POST', path: '/fapi/v1/order', count: 1, delayMs: 150 });
    const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '175', quantity: '1', recvWindow: '100' };
    let said: Refused | string = '';
    await venue.until('an order that comes to the engine', async () => {
      said = await told(desk, () => ours.raw('POST', 'v1/order', order));
      // On a busy machine its window may be over when it comes to the gate, and then it is asked for anew.
      return typeof said === 'string' || said.code !== -1021;
    });
    expect(said).toEqual({ code: -5028, msg: 'Timestamp for this request is outside of the ME recvWindow.' });
    expect(venue.openOrders('demo')).toBe(0);
  },
};

export const ACCESS_CHECKS: readonly Check[] = [
  credentialsCheck('malformed-key', 'a malformed key', { key: 'not+a+key' }, -2014, 'API-key format invalid.'),
  credentialsCheck('unknown-key', 'an unknown key', { key: 'nobody' }, -2015, 'Invalid API-key, IP, or permissions for action.'),
  credentialsCheck('wrong-secret', 'another secret', { secret: 'guessed' }, -1022, 'Signature for this request is not valid.'),
  clockCheck('late-clock', 60_000, 'Timestamp for this request is outside of the recvWindow.'),
  clockCheck('early-clock', -5_000, "Timestamp for this request was 1000ms ahead of the server's time."),
  WEIGHT,
  ORDER_LIMIT,
  ENGINE_WINDOW,
];
