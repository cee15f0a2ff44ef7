/**
 * What a failed command means: refused for certain, refused but may be sent again, or unknown. One table for all commands; the first
 * row that fits decides; what no row proves is unknown. Facts: Binance's error page and the notes on HTTP 503.
 */
import { type Refused, refused, type Unknown, unknown } from '@fillwright/venue';
import { failureReason, type VenueFailure } from './venue-failure.ts';

/** `batch` = several orders in one request, as a whole; `setup` = requests that make no order: listen key, account mode. */
export type CommandKind = 'place' | 'batch' | 'modify' | 'cancel' | 'algo-place' | 'algo-cancel' | 'setup';
export type Verdict = 'refused' | 'retry' | 'unknown';

export interface OutcomeRow {
  /** Absent: every command. */
  readonly kinds?: readonly CommandKind[];
  /** Inclusive; absent: any status. */
  readonly status?: readonly [from: number, to: number];
  readonly codes?: readonly number[];
  readonly text?: RegExp;
  readonly verdict: Verdict;
  readonly why: string;
}

const CHANGES: readonly CommandKind[] = ['modify', 'cancel', 'algo-cancel'];
/** What is said of one order proves nothing of the others that came with it. */
const ALONE: readonly CommandKind[] = ['place', ...CHANGES, 'algo-place', 'setup'];
const CLIENT_ERROR = [400, 499] as const;
/** A row of a batch is an answer to one order; only the status of its own is missing. */
const ROW_STATUS = 400;

/** The request itself is at fault: it never reached the order book. */
const BAD_REQUEST: readonly number[] = [
  -1010, -1013, -1014, -1020, -1023, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1109, -1110, -1111, -1114, -1115, -1116,
  -1117, -1118, -1119, -1120, -1121, -1122, -1125, -1126, -1127, -1128, -1130, -1136, -4015, -4060, -4061, -4062, -4082, -4084, -4104,
  -4105, -4106, -4107, -4114, -4115, -4120, -4135, -4137, -4138, -4139, -4144, -5024, -5025, -5026, -5037, -5038, -5039, -5040, -5047,
];
/** The list of orders itself cannot be read, or is too long. */
const BAD_BATCH: readonly number[] = [-1102, -1105, -1130, -4082];
/** The key, the address or the account is not allowed to. */
const NOT_ALLOWED: readonly number[] = [-1002, -1004, -1005, -1011, -1022, -2014, -2015, -2017, -4056, -4057, -4088, -4109, -4402, -4403];
/** A filter of the symbol. */
const FILTERS: readonly number[] = [
  -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4013, -4014, -4016, -4023, -4024, -4131, -4164, -4183, -4184, -4210, -4211, -5029,
];
/** Margin, position, mode or market state: checked before the order exists. */
const STATE: readonly number[] = [
  -1112, -2010, -2016, -2018, -2019, -2020, -2021, -2022, -2023, -2024, -2025, -2026, -2027, -2028, -4045, -4087, -4118, -4140, -4141,
  -4142, -4192, -4400, -4401, -5021, -5041,
];

export const OUTCOME_TABLE: readonly OutcomeRow[] = [
  { codes: [-1006, -1007], verdict: 'unknown', why: 'the venue itself does not know' },
  { codes: [-1008], verdict: 'retry', why: 'throttled before the engine, not counted' },
  { status: [503, 503], text: /^Unknown error, please check your request/i, verdict: 'unknown', why: 'passed on, no answer in time' },
  { status: [503, 503], text: /^Service Unavailable\.?$/i, verdict: 'retry', why: 'certainly failed' },
  { status: [503, 503], codes: [-1001], text: /^Internal error; unable to process/i, verdict: 'retry', why: 'certainly failed' },
  { status: [500, 599], verdict: 'unknown', why: 'the venue says: execution status unknown' },
  { status: [408, 408], verdict: 'unknown', why: 'time ran out on the way' },

  { codes: [-4116], verdict: 'unknown', why: 'an open order has this client id: perhaps ours, look it up' },
  { kinds: CHANGES, codes: [-2011, -2013], verdict: 'unknown', why: 'not open any more: it may be filled, look it up' },
  { kinds: CHANGES, codes: [-4117], verdict: 'unknown', why: 'the stop is firing: look it up' },
  { kinds: ['modify'], codes: [-5027], verdict: 'unknown', why: 'the order already is as asked: look it up' },
  { kinds: ['modify'], codes: [-5022], verdict: 'unknown', why: 'a post-only order that would take is cancelled by the modify' },
  { kinds: ['modify'], status: CLIENT_ERROR, codes: [-5043], verdict: 'retry', why: 'an earlier modify is still pending' },

  { kinds: ALONE, codes: [-5028], verdict: 'retry', why: 'came too late at the engine: not executed' },
  { status: CLIENT_ERROR, codes: [-1021], verdict: 'retry', why: 'timestamp refused at the gate; the clock is sampled anew' },
  { status: [418, 418], verdict: 'retry', why: 'address banned: refused at the gate' },
  { status: [429, 429], verdict: 'retry', why: 'over a limit: refused at the gate' },
  { status: CLIENT_ERROR, codes: [-1003, -1015], verdict: 'retry', why: 'over a limit: refused at the gate' },
  { status: CLIENT_ERROR, codes: [-4531], verdict: 'retry', why: 'position mode temporarily locked' },
  { status: [403, 403], verdict: 'refused', why: 'the firewall in front of the venue refused it' },
  { kinds: ALONE, status: CLIENT_ERROR, codes: BAD_REQUEST, verdict: 'refused', why: 'malformed or unsupported request' },
  { status: CLIENT_ERROR, codes: NOT_ALLOWED, verdict: 'refused', why: 'not allowed' },
  { kinds: ALONE, status: CLIENT_ERROR, codes: FILTERS, verdict: 'refused', why: 'breaks a filter of the symbol' },
  { kinds: ALONE, status: CLIENT_ERROR, codes: STATE, verdict: 'refused', why: 'margin, position or market state forbids it' },
  { kinds: ['batch'], status: CLIENT_ERROR, codes: BAD_BATCH, verdict: 'refused', why: 'malformed before any order of it was read' },
  { kinds: ['place', 'algo-place'], status: CLIENT_ERROR, codes: [-5022], verdict: 'refused', why: 'post only would take: no order made' },
];

/** Never confirmed: success is read elsewhere. */
export function outcomeOf(kind: CommandKind, failure: VenueFailure): Refused | Unknown {
  const reason = failureReason(failure);
  const verdict = verdictOf(kind, failure);
  return verdict === 'unknown' ? unknown(reason.code, reason.text) : refused(reason.code, reason.text, verdict === 'retry');
}

function verdictOf(kind: CommandKind, failure: VenueFailure): Verdict {
  if (failure.kind === 'transport') return failure.sent === 'no' ? 'retry' : 'unknown';
  if (failure.kind === 'unreadable') return 'unknown';
  return OUTCOME_TABLE.find((row) => fits(row, kind, failure))?.verdict ?? 'unknown';
}

function fits(row: OutcomeRow, kind: CommandKind, failure: VenueFailure & { kind: 'error' | 'row' }): boolean {
  if (row.kinds !== undefined && !row.kinds.includes(kind)) return false;
  const status = failure.kind === 'row' ? ROW_STATUS : failure.status;
  if (row.status !== undefined && (status < row.status[0] || status > row.status[1])) return false;
  if (row.codes !== undefined && (failure.code === undefined || !row.codes.includes(failure.code))) return false;
  return row.text === undefined || row.text.test(failure.text);
}
