/** When an address that went over a limit may ask again: what the venue says, else the shortest ban that it gives. */
import { type UsTime, usTime } from '@fillwright/domain';

/** When a ban states no end: the venue's shortest ban is two minutes; its shortest limit window, one. */
const DEFAULT_BAN_MS = { 418: 120_000, 429: 60_000 } as const;

export type BanStatus = keyof typeof DEFAULT_BAN_MS;

export interface BanNotice {
  readonly status: BanStatus;
  /** The code's text, or the body that holds it: it may name the end in milliseconds of the venue. */
  readonly text: string;
  /** Of the header `Retry-After`; not a number when there was none. */
  readonly retryAfterS: number;
}

export function isBan(status: number): status is BanStatus {
  return status === 418 || status === 429;
}

/** On our wall clock. */
export function banEnd(notice: BanNotice, wallUs: UsTime, toWall: (serverMs: number) => UsTime = (ms) => usTime(ms * 1000)): UsTime {
  const { status, text, retryAfterS } = notice;
  if (Number.isFinite(retryAfterS) && retryAfterS >= 0) return usTime(wallUs + Math.ceil(retryAfterS * 1e6));
  const until = /banned until (\d{13})\b/.exec(text)?.[1];
  return until === undefined ? usTime(wallUs + DEFAULT_BAN_MS[status] * 1000) : toWall(Number(until));
}
