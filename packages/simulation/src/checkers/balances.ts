/**
 * Money is conserved: the wallet at the venue moves by profits and fees of trades, funding and transfers alone, and every wallet that the
 * engine writes down is one that the account had.
 */
import { decimal, decimalText } from '@fillwright/domain/decimal';
import type { MakeCheck } from './check.ts';

const ASSET = 'USDT';

export const balances: MakeCheck = (report, { engine, venueAccount, startWallet }) => {
  let wallet = decimal(startWallet ?? '0');
  /** Every amount that the account ever had. */
  const had = new Set([decimalText(wallet)]);
  const move = (by: string): void => {
    wallet = wallet.plus(decimal(by));
    had.add(decimalText(wallet));
  };
  return {
    see: (evidence) => {
      if (startWallet === undefined) return;
      if (evidence.type === 'journaled' && evidence.process === engine && evidence.record.balance?.asset === ASSET) {
        const said = decimalText(decimal(evidence.record.balance.wallet));
        if (!had.has(said)) report(evidence.us, `the engine holds ${said} ${ASSET} for the balance, which the account never had`);
      }
      if (evidence.type !== 'venue' || evidence.line.account !== venueAccount) return;
      const { type, realizedPnl, fee, asset, change } = evidence.line;
      if (type === 'fill')
        move(
          decimal(String(realizedPnl))
            .minus(decimal(String(fee)))
            .toFixed(),
        );
      if (type === 'money' && asset === ASSET) move(String(change));
      if (type !== 'final-balance' || asset !== ASSET) return;
      const last = decimalText(decimal(String(evidence.line.wallet)));
      if (last !== decimalText(wallet))
        report(evidence.us, `the venue holds ${last} ${ASSET}; trades, funding and transfers make it ${decimalText(wallet)}`);
    },
  };
};
