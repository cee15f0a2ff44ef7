/**
 * `/__sim/…`: what no exchange offers. Looks into the venue and moves it: books, trades and marks, money, flow, faults, sockets. On its own
 * loopback port, behind a bearer token.
 */
import type { Clock, ServerReply, ServerRequest } from '@fillwright/runtime/ports';
import { paramsOfObject } from '../http/order-params.ts';
import { Params } from '../http/params.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { Refusal, RefusedRequest, refuse } from '../order/refusal.ts';
import { advanceClock, setDelays, skewClock } from './clock-moves.ts';
import type { ControlledVenue } from './controlled-venue.ts';
import { accountDump, accountsDump, marketsDump } from './dump.ts';
import { addFault, blowStorm, listFaults } from './fault-rules.ts';
import { steerFlow } from './flow-moves.ts';
import { cancelFor, deposit, placeFor, seedBook, setMark, settleFunding, tradeFor } from './market-moves.ts';
import { actOnSockets } from './socket-drills.ts';
import { dumpState, loadState } from './state-moves.ts';
import { changeFilters, setAssetIndex, setInsuranceFund, setMaintenance, setStatus, settleContract, steerAlgo } from './venue-moves.ts';

/** One control request: its path parts after `/__sim/`, its parameters, and the raw body for structured ones. */
export interface ControlCall {
  readonly venue: ControlledVenue;
  readonly rest: readonly string[];
  readonly params: Params;
  readonly body: unknown;
  /** Lets sockets be read and written. */
  pause(): Promise<void>;
}

type Action = (call: ControlCall) => JsonValue | Promise<JsonValue>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'GET state': ({ venue }) => ({ ...venue.summary(), accounts: accountsDump(venue), markets: marketsDump(venue) }),
  'GET accounts': ({ venue, rest }) => (rest[0] === undefined ? accountsDump(venue) : accountDump(venue, rest[0])),
  'GET markets': ({ venue }) => marketsDump(venue),
  'POST mark': setMark,
  'POST book': seedBook,
  'POST orders': placeFor,
  'DELETE orders': cancelFor,
  'POST trades': tradeFor,
  'POST deposit': deposit,
  'POST funding': settleFunding,
  'POST status': setStatus,
  'POST maintenance': setMaintenance,
  'POST settle': settleContract,
  'POST asset-index': setAssetIndex,
  'POST insurance-fund': setInsuranceFund,
  'POST algo': steerAlgo,
  'POST filters': changeFilters,
  'POST storm': blowStorm,
  'POST flow': steerFlow,
  'GET faults': listFaults,
  'POST faults': addFault,
  'DELETE faults': ({ venue, rest }) => {
    venue.faults.clear(rest[0] === undefined ? undefined : Number(rest[0]));
    return { ok: true };
  },
  'POST sockets': actOnSockets,
  'POST listen-keys': ({ venue, params }) => {
    const account = venue.engine.account(params.required('account')) ?? refuse(new Refusal(404, 'no such account', 404));
    return { expired: venue.listenKeys.expire(account) };
  },
  'POST clock': (call) => (call.rest[0] === 'advance' ? advanceClock(call) : skewClock(call)),
  'POST delays': setDelays,
  'POST dump': dumpState,
  'POST load': loadState,
};

const JSON_TYPE = { 'content-type': 'application/json' } as const;

function answer(status: number, value: JsonValue): ServerReply {
  return { type: 'reply', status, headers: JSON_TYPE, body: `${jsonText(value)}\n` };
}

export class ControlApi {
  readonly #venue: ControlledVenue;
  readonly #token: string;
  readonly #pause: () => Promise<void>;

  /** `machine` is the clock that always goes on. */
  constructor(venue: ControlledVenue, token: string, machine: Clock) {
    this.#venue = venue;
    this.#token = token;
    this.#pause = () => new Promise((resolve) => void machine.after(1, resolve));
  }

  handle(request: ServerRequest): ServerReply | Promise<ServerReply> {
    if (request.headers.authorization !== `Bearer ${this.#token}`)
      return answer(401, { error: 'send Authorization: Bearer <control token>' });
    const [, root, name = '', ...rest] = request.path.split('/');
    const action = root === '__sim' ? ACTIONS[`${request.method} ${name}`] : undefined;
    if (action === undefined)
      return answer(404, { error: `no control command ${request.method} ${request.path}`, commands: Object.keys(ACTIONS) });
    try {
      const body = parseBody(request.body);
      const params = body === undefined ? Params.ofForms(request.query, request.body) : new Params(paramsOfObject(body) ?? new Map());
      const result = action({ venue: this.#venue, rest, params, body, pause: this.#pause });
      return result instanceof Promise ? result.then((value) => answer(200, value)) : answer(200, result);
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      const { code, msg, status } = error.refusal;
      return answer(status, { error: msg, code });
    }
  }
}

/** `undefined` when the body is not JSON but a form. */
function parseBody(body: string): unknown {
  if (!body.startsWith('{')) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return refuse(new Refusal(400, 'the body is not JSON'));
  }
}
