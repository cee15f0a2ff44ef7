/**
 * Who is deleveraged first: profit over money behind it, times how much of that money must be maintained, as published
 * (https://www.binance.com/en/support/faq/360033525471). Pure.
 */
import type { Market } from '../market/market.ts';
import { maxUnits, UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import type { Account } from './account.ts';
import { poolOf } from './account-margin.ts';
import type { Holding } from './holding.ts';
import { marginOf } from './margin.ts';
import type { Position } from './position.ts';

export interface RankedPosition {
  readonly account: Account;
  readonly position: Position;
  readonly score: Units;
}

/** In 10^-16; 0 without profit. The venue's own accounts have no margin and stand behind everybody. */
export function adlScore(account: Account, holding: Holding, position: Position): Units {
  if (account.house || position.lots === 0) return 0n;
  const own = marginOf(holding, position);
  let [profit, wallet, balance, maintenance] = [
    own.unrealized,
    position.isolatedWallet,
    position.isolatedWallet + own.unrealized,
    own.maintenance,
  ];
  if (!holding.isolated) {
    const { pool } = poolOf(account, holding.market.spec.marginAsset);
    profit = 0n;
    for (const one of holding.positions) profit += one.unrealized; // in hedge mode both sides together
    [wallet, balance, maintenance] = [pool.wallet, pool.balance, pool.maintenance];
  }
  if (profit <= 0n || balance <= 0n) return 0n;
  const share = (profit * UNITS_PER_ONE) / maxUnits(UNITS_PER_ONE, wallet);
  return (share * ((maintenance * UNITS_PER_ONE) / balance)) / UNITS_PER_ONE;
}

/** All positions of a market on one side, the first to be deleveraged first; clients before the house, then by age of the account. */
export function adlQueue(accounts: Iterable<Account>, market: Market, sign: number): RankedPosition[] {
  const queue: RankedPosition[] = [];
  for (const account of accounts) {
    const holding = account.holding(market);
    for (const position of holding.positions) {
      if (position.lots * sign > 0) queue.push({ account, position, score: adlScore(account, holding, position) });
    }
  }
  return queue.sort((a, b) => Number(a.account.house) - Number(b.account.house) || (a.score < b.score ? 1 : a.score > b.score ? -1 : 0));
}

/** 0 (last) to 4 (next in line) among the clients on the same side; 0 without profit. */
export function adlQuantile(accounts: Iterable<Account>, position: Position): number {
  if (position.lots === 0) return 0;
  const peers = adlQueue(accounts, position.market, Math.sign(position.lots)).filter(({ account }) => !account.house);
  const own = peers.find((peer) => peer.position === position);
  if (own === undefined || own.score === 0n) return 0;
  const notAbove = peers.filter(({ score }) => score <= own.score).length;
  return Math.ceil((5 * notAbove) / peers.length) - 1;
}
