/** One respect in which the simulator is made wrong on purpose, so that the check that looks there must go red; and how such are written. */
import type { ExchangeSimulator, SimulatorOptions } from '@fillwright/exchange-simulator';
import type { ServerReply, ServerRequest } from '@fillwright/runtime/ports';
import type { Candidate } from '../clients/client-under-test.ts';
import type { Wire } from './wire.ts';

/** Another turn of the client's loop, and sooner than anything that it asks for next. */
const ECHO_MS = 1;

export type Engine = ExchangeSimulator['engine'];

/** Says that something came out other than the venue meant it: a break that never struck proves nothing. */
export type Struck = () => void;

export interface Break {
  /** What the venue does wrong. */
  readonly name: string;
  /** It is set up wrongly. */
  readonly options?: Partial<SimulatorOptions>;
  /** It speaks wrongly. */
  wire?(struck: Struck): Wire;
  /** It works wrongly. */
  core?(engine: Engine, struck: Struck): void;
  /** Default: it shows to every client. */
  showsTo?(candidate: Candidate): boolean;
}

/** Set up with other options. */
export function setUp(name: string, options: Partial<SimulatorOptions>): Break {
  return { name, options, core: (_engine, struck) => struck() };
}

/** Something in the core replaced. */
export function core(name: string, change: (engine: Engine, struck: Struck) => void): Break {
  return { name, core: change };
}

/** `POST /fapi/v1/order`: a method and the end of a path; both may be patterns. */
function asks(what: RegExp): (request: ServerRequest) => boolean {
  return ({ method, path }) => what.test(`${method} ${path}`);
}

/** Answers (refusals too) to requests like `what` read otherwise. */
export function answer(name: string, what: RegExp, change: (body: string, request: ServerRequest) => string): Break {
  const concerned = asks(what);
  return {
    name,
    wire: (struck) => ({
      http: async (request, next) => {
        const reply = await next(request);
        if (!concerned(request) || reply.type !== 'reply') return reply;
        const body = change(reply.body, request);
        if (body !== reply.body) struck();
        return { ...reply, body };
      },
    }),
  };
}

/** Requests like `what` do not reach the venue; the client is told `body` (or what a request of another method says). */
export function notDone(name: string, what: RegExp, instead: string | { readonly method: string }): Break {
  const concerned = asks(what);
  return {
    name,
    wire: (struck) => ({
      http: (request, next) => {
        if (!concerned(request)) return next(request);
        struck();
        return typeof instead === 'string' ? granted(instead) : next({ ...request, ...instead });
      },
    }),
  };
}

/** Requests like `what` are granted with `body` whatever the venue says, which is told nothing. */
function granted(body: string): ServerReply {
  return { type: 'reply', status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body };
}

/** Where the venue refuses with this code, on any request and any row of a batch, it grants. */
export function grants(code: number): Break {
  return {
    name: `what must be refused with ${code} is granted`,
    wire: (struck) => ({
      http: async (request, next) => {
        const reply = await next(request);
        if (reply.type !== 'reply' || !reply.body.includes(`"code":${code},`)) return reply;
        struck();
        return granted('{"orderId":1,"algoId":1,"clientOrderId":"x","clientAlgoId":"x","status":"NEW","algoStatus":"NEW"}');
      },
      frame: (text, _path, send) => {
        if (!text.includes(`"code":${code},`)) return send(text);
        struck();
        send(text.replace(/"status":4\d\d,"error":\{[^}]*\}/, '"status":200,"result":{}'));
      },
    }),
  };
}

/** Frames like `what` are sent as others, or not at all. */
export function frames(name: string, what: RegExp, change: (text: string) => readonly string[]): Break {
  return {
    name,
    wire: (struck) => ({
      frame: (text, _path, send) => {
        if (!what.test(text)) return send(text);
        const changed = change(text);
        if (changed.length !== 1 || changed[0] !== text) struck();
        for (const one of changed) send(one);
      },
    }),
  };
}

/** Frames like `what` come again in another turn of the loop. A client that makes one of several updates takes a copy in by right. */
export function echoed(name: string, what: RegExp): Break {
  return {
    name,
    showsTo: ({ mergesEvents }) => !mergesEvents,
    wire: (struck) => ({
      frame: (text, _path, send) => {
        send(text);
        if (!what.test(text)) return;
        struck();
        setTimeout(() => send(text), ECHO_MS);
      },
    }),
  };
}

/** The first frame like `what` comes after the next frame of its socket that is like `what` too. */
export function swapped(name: string, what: RegExp): Break {
  return {
    name,
    wire: (struck) => {
      let held: string | undefined;
      let done = false;
      return {
        frame: (text, _path, send) => {
          if (done || !what.test(text)) return send(text);
          if (held === undefined) {
            held = text;
            struck();
            return;
          }
          done = true;
          send(text);
          send(held);
        },
      };
    },
  };
}

/** The n-th frame like `what` (from 1) is lost. */
export function lost(name: string, what: RegExp, nth = 1): Break {
  return {
    name,
    wire: (struck) => {
      let count = 0;
      return {
        frame: (text, _path, send) => {
          if (what.test(text)) count += 1;
          if (!what.test(text) || count !== nth) return send(text);
          struck();
        },
      };
    },
  };
}

/** All values of a decimal text field are one unit of their last digit higher. */
export function unitMore(...fields: readonly string[]): (text: string) => string {
  return (text) =>
    fields.reduce((changed, field) => changed.replace(valuesOf(field), (_, head, value) => `${head}${plusUnit(value)}"`), text);
}

function valuesOf(field: string): RegExp {
  return new RegExp(`("${field}":")(-?\\d+(?:\\.\\d+)?)"`, 'g');
}

function plusUnit(value: string): string {
  const decimals = value.split('.')[1]?.length ?? 0;
  const units = BigInt(value.replace('.', '')) + 1n;
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return units < 0n ? `-${text}` : text;
}

/** All occurrences. */
export function replaced(from: string, to: string): (text: string) => string {
  return (text) => text.replaceAll(from, to);
}
