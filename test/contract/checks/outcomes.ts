/** Checks: an answer that proves nothing is no refusal to the client, and what became of the order is there to be asked for. */
import { expect } from '@jest/globals';
import { type Break, notDone } from '../breaks/break.ts';
import { told } from '../clients/client-desk.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

const PLACES = /POST .*v1\/order$/;
const GRANTED: Break = notDone('it is granted and told so', PLACES, '{"orderId":1,"clientOrderId":"x","status":"NEW"}');
/** The executed order is not there, or the other one is. */
const UNTRUE: Break = {
  name: 'what became of it is told wrongly',
  wire: (struck) => ({
    http: async (request, next) => {
      if (request.method !== 'GET' || !request.path.endsWith('v1/order')) return next(request);
      struck();
      const reply = await next(request);
      const found = reply.type === 'reply' && reply.status === 200;
      const body = found ? '{"code":-2013,"msg":"Order does not exist."}' : '{"orderId":1,"clientOrderId":"unsure","status":"NEW"}';
      return { type: 'reply', status: found ? 400 : 200, headers: { 'content-type': 'application/json' }, body };
    },
  }),
};

interface Outcome {
  /** The fault by its name in the control API. */
  readonly kind: string;
  readonly what: string;
  readonly executed: boolean;
  /** Absent when the venue gives none. */
  readonly code?: number;
  readonly msg?: string;
}

const OUTCOMES: readonly Outcome[] = [
  { kind: 'executed-reply-lost', what: 'a connection that ends without an answer', executed: true },
  { kind: 'unknown-executed', what: 'a 503 that says so', executed: true },
  {
    ...{ kind: 'timeout-executed', what: 'a time-out', executed: true, code: -1007 },
    msg: 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
  },
  { kind: 'bad-gateway-not-executed', what: 'a 502 with a page of HTML', executed: false },
  {
    ...{ kind: 'internal-error', what: 'an internal error', executed: false, code: -1001 },
    msg: 'Internal error; unable to process your request. Please try again.',
  },
  {
    ...{ kind: 'throttled', what: 'a throttled exchange', executed: false, code: -1008 },
    msg: 'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.',
  },
  {
    ...{ kind: 'maintenance', what: 'an exchange that shuts down', executed: false, code: -1016 },
    msg: 'This service is no longer available.',
  },
];

function outcomeCheck({ kind, what, executed, code, msg }: Outcome): Check {
  return {
    id: `outcome-${kind}`,
    area: 'unknown outcomes',
    name: `takes ${what} for no refusal, and finds the order ${executed ? 'there' : 'absent'}`,
    codes: [...(code === undefined ? [] : [code]), ...(executed ? [] : [-2013])],
    breaks: [GRANTED, UNTRUE],
    async run(desk) {
      const { candidate, ours, venue, id } = desk;
      await venue.control('POST', 'faults', { kind, method: 'POST', path: '/fapi/v1/order', count: 1 });
      const said = await told(desk, () => ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('unsure') }));
      if (code === undefined) expect(said).not.toEqual('granted');
      else if (candidate.unheardCodes[String(code)] === undefined) expect(said).toEqual({ code, msg });
      else expect(said).toMatch(/\b503\b/);
      if (typeof said !== 'string' && code === undefined) expect(said.code).toBeUndefined();

      expect(venue.openOrders('demo')).toBe(executed ? 1 : 0);
      const asked = ours.raw('GET', 'v1/order', { symbol: SYMBOL, origClientOrderId: id('unsure') });
      if (executed) expect(await asked).toMatchObject({ clientOrderId: id('unsure'), status: 'NEW' });
      else await expect(asked.catch((error) => candidate.refusalOf(error))).resolves.toMatchObject({ code: -2013 });
    },
  };
}

export const OUTCOME_CHECKS: readonly Check[] = OUTCOMES.map(outcomeCheck);
