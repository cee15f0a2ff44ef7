/** Where a position would be liquidated. Pure. */
import { worthOf } from '../market/symbol-spec.ts';
import { absUnits, divideRounded, UNITS_PER_ONE, type Units } from '../numbers/units.ts';
import type { Account } from './account.ts';
import { accountMargin, assetMargin } from './account-margin.ts';
import { bracketOf, maintenanceOf, type PositionMargin } from './margin.ts';

/** Positions of one symbol that move together, and the money behind them; both rates are 1 unless assets are joint. */
interface Stake {
  readonly rows: readonly PositionMargin[];
  /** In the margin asset, without the profit of the rows. */
  readonly money: Units;
  /** What everything else leaves beyond its own maintenance, in dollars or in the asset. */
  readonly rest: Units;
  readonly bidRate: Units;
  /** Of a requirement, and of a debt. */
  readonly askRate: Units;
}

/**
 * The mark at which the money that carries this position falls to what must be maintained, if only this symbol moves; `undefined` when
 * there is none above zero. In hedge mode both positions of the symbol move together. Brackets are those at that price, as published
 * (https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93).
 */
export function liquidationPrice(account: Account, row: PositionMargin): Units | undefined {
  const { holding, position } = row;
  if (position.lots === 0) return undefined;
  const { isolated, market } = holding;
  if (isolated) {
    const alone = { rows: [row], money: position.isolatedWallet, rest: 0n, bidRate: UNITS_PER_ONE, askRate: UNITS_PER_ONE };
    return priceOf(alone, market.mark, market.spec.brackets.length);
  }
  return priceOf(crossStake(account, row), market.mark, market.spec.brackets.length);
}

function crossStake(account: Account, row: PositionMargin): Stake {
  const { holding } = row;
  const { marginAsset } = holding.market.spec;
  const own = assetMargin(account, marginAsset);
  const rows = own.rows.filter((other) => other.holding === holding && other.position.lots !== 0);
  let [money, maintenance] = [own.cross.balance, own.cross.maintenance];
  for (const one of rows) {
    money -= one.unrealized;
    maintenance -= one.maintenance;
  }
  const price = account.joint?.of(marginAsset);
  if (price === undefined) return { rows, money, rest: -maintenance, bidRate: UNITS_PER_ONE, askRate: UNITS_PER_ONE };
  const { cross } = accountMargin(account);
  const others = cross.balance - price.worth(own.cross.balance) - (cross.maintenance - price.needed(own.cross.maintenance));
  const rest = others - price.needed(maintenance);
  return { rows, money, rest, bidRate: price.bidRate, askRate: price.askRate };
}

function priceOf(stake: Stake, mark: Units, brackets: number): Units | undefined {
  let price = mark;
  for (let round = 0; round < brackets; round += 1) {
    const next = priceWithout(stake, price);
    if (next === undefined || next <= 0n) return undefined;
    if (next === price) return price;
    price = next;
  }
  return price; // between two brackets: the last one looked at
}

/** Where the money and the profit of these positions equal their maintenance, by the brackets that hold at `at`. */
function priceWithout({ rows, money, rest, bidRate, askRate }: Stake, at: Units): Units | undefined {
  let required = 0n;
  for (const { position } of rows) required += maintenanceOf(position.spec, worthOf(position.spec, position.lots, at));
  // Where the others leave more than these need, the asset itself is in debt at the end.
  const balanceRate = required * askRate >= rest * UNITS_PER_ONE ? bidRate : askRate;
  let [constant, slope] = [rest * UNITS_PER_ONE + money * balanceRate, 0n];
  for (const { position } of rows) {
    const { spec, lots, cost } = position;
    const bracket = bracketOf(spec, absUnits(worthOf(spec, lots, at)));
    const side = lots > 0 ? balanceRate : -balanceRate;
    constant += bracket.cum * askRate - cost * balanceRate;
    slope += BigInt(Math.abs(lots)) * BigInt(spec.stepUnits) * (divideRounded(bracket.rate * askRate, UNITS_PER_ONE) - side);
  }
  return slope === 0n ? undefined : divideRounded(constant * UNITS_PER_ONE, slope);
}
