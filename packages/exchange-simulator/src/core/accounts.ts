/** The accounts of a venue: its clients', with their keys, and the house's own. */
import { createPublicKey } from 'node:crypto';
import { Account, type ApiKey } from '../account/account.ts';
import { EXTERNAL } from '../control/market-moves.ts';
import type { Engine } from '../engine/engine.ts';
import type { House } from '../flow/feed.ts';
import { Prng } from '../numbers/prng.ts';
import { unitsOf } from '../numbers/units.ts';
import type { AccountOptions, SimulatorOptions } from '../options/options.ts';

const HOUSE_FEES = { maker: 0n, taker: 0n } as const;

/** By API key. @throws RangeError when a key is missing, of a wrong kind or used twice. */
export function clientAccounts(
  engine: Engine,
  { accounts, historyKept }: Pick<SimulatorOptions, 'accounts' | 'historyKept'>,
): ReadonlyMap<string, Account> {
  const byKey = new Map<string, Account>();
  for (const options of accounts) {
    const apiKey = apiKeyOf(options);
    if (byKey.has(apiKey.key)) throw new RangeError(`account ${options.name}: API key is used by another account`);
    const fees = { maker: unitsOf(options.makerFee ?? '0.0002'), taker: unitsOf(options.takerFee ?? '0.0005') };
    const alias = new Prng(options.name, 'alias').text(6);
    const wallet = unitsOf(options.balanceUsdt);
    const account = new Account({ name: options.name, alias, apiKey, fees, house: false, wallet, historyKept });
    for (const [asset, amount] of Object.entries(options.otherBalances ?? {})) account.credit(asset, unitsOf(amount));
    // The opening balance came in now: clients skip assets that were never touched.
    account.walletUpdatedMs = engine.nowMs();
    engine.addAccount(account);
    byKey.set(apiKey.key, account);
  }
  return byKey;
}

/** Both sides of synthetic flow; a third account stands for orders from outside the story. */
export function houseAccounts(engine: Engine): House<Account> {
  const [maker, taker, external] = ['house-maker', 'house-taker', EXTERNAL].map((name) => {
    return new Account({ name, alias: name, fees: HOUSE_FEES, house: true, wallet: 0n });
  }) as [Account, Account, Account];
  for (const account of [maker, taker, external]) engine.addAccount(account);
  return { maker, taker };
}

function apiKeyOf({ name, apiKey, apiSecret, publicKeyPem }: AccountOptions): ApiKey {
  if (publicKeyPem === undefined) {
    if (apiSecret === undefined || apiSecret === '') throw new RangeError(`account ${name}: needs an API secret or a public key`);
    return { type: 'hmac', key: apiKey, secret: apiSecret };
  }
  const publicKey = createPublicKey(publicKeyPem);
  const type = publicKey.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ed25519') throw new RangeError(`account ${name}: public key must be RSA or Ed25519, not ${type}`);
  return { type, key: apiKey, publicKey };
}
