/** `[GLOBAL]` keys: who the process is. */
import { boolean, oneOf, secret, text } from '../kinds.ts';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** A process name becomes file names. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export function processName(name: string) {
  return text({
    doc: 'Name of this process in logs (`logs/<PROCESS_NAME>.log`), pid file, heartbeat and metrics.',
    when: 'When two processes of one kind run in the same working directory: each needs its own.',
    default: name,
    pattern: FILE_NAME,
    expected: 'a name of letters, digits, _ and -',
  });
}

export const logLevel = oneOf(LOG_LEVELS, {
  doc: 'Least severe lines that are written. `--log-level` on the command line wins.',
  when: 'DEBUG to follow single messages; it writes several lines per order.',
  default: 'INFO',
});

export const busyPoll = boolean({
  doc: 'Asks the network again and again instead of sleeping until something comes: no wake-up is waited for, and one whole core is used. CPU_LIMIT_PERCENT is not watched then.',
  when: 'Where microseconds count and the machine has a core to spare for each process that does it, and two more.',
  default: 'false',
});

export const exchangeName = oneOf(['BINANCE'], {
  doc: 'The exchange; part of topics, instrument ids and the data folder.',
  when: 'Never for now: it is the only adapter of this release.',
  default: 'BINANCE',
});

export const assetType = oneOf(['FUTURES'], {
  doc: 'The product of the exchange that this process serves. SPOT comes with its adapter and is refused until then.',
  when: 'Never for now.',
  default: 'FUTURES',
});

export const accountId = text({
  doc: 'Our name of the exchange account; part of topics, data folder, lock and client order ids, so two accounts never collide.',
  when: 'For a second account (with ports + 100), or spot beside futures.',
  default: 'main',
  pattern: /^[a-z0-9][a-z0-9_-]{0,30}$/,
  expected: 'a name of lower-case letters, digits, _ and -',
});

export const testnetMode = boolean({
  doc: 'Says that the hosts below are a simulator or testnet. A real host is refused in this release, whatever this says.',
  when: 'Not before live trading is released.',
  default: 'true',
});

export const apiKey = secret({
  doc: 'API key of the account. Only the engine holds one; give it trading rights and nothing else.',
  when: 'Always for a testnet; better from the environment (`BINANCE_API_KEY`) than in the file.',
  env: '<EXCHANGE>_API_KEY',
});

export const apiSecret = secret({
  doc: 'Secret of the API key (HMAC), or a private key in PEM form (RSA, Ed25519; in double quotes with `\\n` for line ends).',
  when: 'Together with API_KEY.',
  env: '<EXCHANGE>_API_SECRET',
});

/** Identity and log level, without an account: for processes that read only public data. */
export function publicIdentity(name: string) {
  return { PROCESS_NAME: processName(name), EXCHANGE_NAME: exchangeName, ASSET_TYPE: assetType, LOG_LEVEL: logLevel, BUSY_POLL: busyPoll };
}

export function accountIdentity(name: string) {
  return { PROCESS_NAME: processName(name), EXCHANGE_NAME: exchangeName, ACCOUNT_ID: accountId, LOG_LEVEL: logLevel, BUSY_POLL: busyPoll };
}
