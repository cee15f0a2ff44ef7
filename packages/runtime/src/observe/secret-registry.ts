/** Secrets in clear text that must not reach a log by way of a longer text (a URL, an error message). */
import type { Secret } from '../ports/log.ts';

/** Shorter ones would blot out ordinary words. */
const MIN_LENGTH = 6;
/** Beyond it the oldest are forgotten: listen keys change hourly, API keys are few. */
const MAX_KNOWN = 256;
const SHOWN = '[secret]';
/** Query parameters that are credentials whatever their value. */
const CREDENTIAL_PARAMETER = /\b(signature|listenKey|apiKey|api_key|token)=[^&\s"'\\]+/gi;

export interface SecretRegistry {
  add(secret: Secret): void;
  /** The text without any registered secret and without signatures. */
  scrub(text: string): string;
}

export function createSecretRegistry(): SecretRegistry {
  const known = new Set<string>();
  return {
    add: (secret) => {
      const value = secret.reveal();
      if (value.length < MIN_LENGTH) return;
      for (const form of new Set([value, encodeURIComponent(value)])) known.add(form);
      for (const oldest of known) {
        if (known.size <= MAX_KNOWN) break;
        known.delete(oldest);
      }
    },
    scrub: (text) => {
      let clean = text;
      for (const value of known) {
        if (clean.includes(value)) clean = clean.replaceAll(value, SHOWN);
      }
      return clean.includes('=') ? clean.replace(CREDENTIAL_PARAMETER, `$1=${SHOWN}`) : clean;
    },
  };
}
