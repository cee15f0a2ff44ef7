/** Tells a real exchange from a rehearsal by its host name: the gate that keeps real money out until live trading is released. */
import type { Finding } from './key.ts';

/**
 * `local`: this machine, or a name or address that only exists in a private network (a container, a test bench).
 * `test`: a venue's own testnet or demo. `real`: everything else, so that a forgotten host is refused rather than traded on.
 */
export type HostClass = 'loopback' | 'private' | 'test' | 'real';

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)$/;
const PRIVATE = /^([a-z0-9_-]+|.+\.(local|internal|test)|10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2})$/;
const TEST_LABEL = /(^|[.-])(testnet|demo|sandbox)([.-]|$)/;
/** The testnet domain of Binance futures, https://testnet.binancefuture.com; its stream hosts carry no telling label. */
const TEST_DOMAIN = /(^|\.)binancefuture\.com$/;

export function hostClass(url: string): HostClass {
  const host = new URL(url).hostname.toLowerCase();
  if (LOOPBACK.test(host)) return 'loopback';
  if (TEST_LABEL.test(host) || TEST_DOMAIN.test(host)) return 'test';
  return PRIVATE.test(host) ? 'private' : 'real';
}

export interface VenueChoice {
  readonly testnetMode: boolean | undefined;
  /** Each key that names a host of the venue. */
  readonly urls: readonly { readonly section: string; readonly key: string; readonly url: string | undefined }[];
  readonly preTradeChecks: boolean | undefined;
  readonly privateStream: boolean | undefined;
}

const NOT_RELEASED = 'live trading is not released yet; use the simulator (http://127.0.0.1:5080) or the testnet of the exchange';

/** What speaks against trading with these settings. */
export function venueFindings(choice: VenueChoice): readonly Finding[] {
  const findings: Finding[] = [];
  let live = false;
  for (const { section, key, url } of choice.urls) {
    if (url === undefined) continue;
    const kind = hostClass(url);
    if (kind === 'loopback' || kind === 'test') continue;
    if (choice.testnetMode === true && kind === 'private') continue;
    live = true;
    const host = new URL(url).hostname;
    const why = choice.testnetMode === true ? `TESTNET_MODE=true, but ${host} is a real host` : `${host} is a real host`;
    findings.push({ severity: 'fault', section, key, text: `a simulator or testnet host (${why}: ${NOT_RELEASED})` });
  }
  const switches = [
    { section: 'RISK_MANAGEMENT', key: 'ENABLE_PRE_TRADE_CHECKS', on: choice.preTradeChecks, what: 'orders go out unchecked' },
    { section: 'WEBSOCKET', key: 'ENABLE_PRIVATE_WEBSOCKET', on: choice.privateStream, what: 'fills are learned late' },
  ];
  for (const { section, key, on, what } of switches) {
    if (on !== false) continue;
    if (live) findings.push({ severity: 'fault', section, key, text: `true for a live venue (otherwise ${what})` });
    else findings.push({ severity: 'warning', section, key, text: `is off: ${what}. A live venue would be refused` });
  }
  return findings;
}
