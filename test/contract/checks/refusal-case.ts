/** Refusals as rows of the matrix: what is asked, and the exact code and text that the client must tell. */
import { expect } from '@jest/globals';
import { answer, type Break, grants, replaced } from '../breaks/break.ts';
import { type ClientDesk, told } from '../clients/client-desk.ts';
import type { OrderSpec } from '../clients/client-under-test.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

export interface RefusalCase {
  readonly name: string;
  readonly code: number;
  /** Whole text, or its beginning when it ends in `…`. */
  readonly msg: string;
  readonly options?: NonNullable<Check['options']>;
  act(desk: ClientDesk): Promise<unknown>;
}

type Words = Readonly<Record<string, string>>;

export const BUY: OrderSpec = { side: 'BUY', price: '180', quantity: '1' };

/** The order exactly as written: some clients correct prices and sizes in their own order functions. */
export function exactly(spec: Words, path = 'v1/order') {
  const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '1', ...spec };
  return ({ ours }: ClientDesk) => ours.raw('POST', path, sent(order));
}

export function algo(spec: Words) {
  const stop = { algoType: 'CONDITIONAL', symbol: SYMBOL, side: 'SELL', type: 'STOP_MARKET', triggerPrice: '170', quantity: '1', ...spec };
  return ({ ours }: ClientDesk) => ours.raw('POST', 'v1/algoOrder', sent(stop));
}

/** Empty ones are left out. */
function sent(params: Words): Words {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));
}

export function asks(path: string, params: Words) {
  return ({ ours }: ClientDesk) => ours.raw('GET', path, params);
}

export function sets(path: string, params: Words) {
  return ({ ours }: ClientDesk) => ours.raw('POST', path, params);
}

/** Ours is long 1 at 180. */
export async function long({ ours, theirs }: ClientDesk): Promise<void> {
  await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
  await ours.place(BUY);
}

/** Some time ago, on the venue's clock. */
export function ago({ venue }: ClientDesk, days: number): string {
  return String(Math.floor(venue.clock.wallUs() / 1000 - days * 86_400_000));
}

/** The core's own account and quiet market, to put them into a state that no client can bring about in a short test. */
export function inside({ venue }: ClientDesk) {
  const { engine } = venue.simulator;
  const [account, market] = [engine.account('demo'), engine.market(SYMBOL)];
  if (account === undefined || market === undefined) throw new Error('the desk has neither account nor market');
  return { engine, account, market };
}

export const MISSING = (name: string) => `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;

function breaksOf({ code, msg }: RefusalCase): readonly Break[] {
  const text = msg.replace(/…$/, '');
  return [
    answer('the code is another', /./, replaced(`"code":${code},`, `"code":${code - 1},`)),
    answer('the text is another', /./, replaced(JSON.stringify(text).slice(1, -1), 'Refused.')),
    grants(code),
  ];
}

export function refusalCheck(one: RefusalCase): Check {
  const { code, name, msg, act } = one;
  return {
    id: `refusal ${code} ${name}`,
    area: 'refusals',
    name: `${code}: ${name}`,
    codes: [code],
    breaks: breaksOf(one),
    ...(one.options === undefined ? {} : { options: one.options }),
    async run(desk) {
      const answered = await told(desk, () => act(desk));
      const said = typeof answered === 'string' ? { code: 0, msg: answered } : answered;
      const text = msg.endsWith('…') ? said.msg.slice(0, msg.length - 1) : said.msg;
      expect({ code: said.code, msg: text }).toEqual({ code, msg: msg.replace(/…$/, '') });
    },
  };
}
