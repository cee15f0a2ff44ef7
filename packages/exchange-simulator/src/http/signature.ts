/** Verifies request signatures over the text as it was received: HMAC-SHA256, RSA and Ed25519, decided by how the key is registered. */
import { verify } from 'node:crypto';
import type { ApiKey } from '../account/account.ts';
import { HmacKey } from './hmac.ts';

const SIGNATURE_PAIR = /(^|&)signature=[^&]*(&|$)/;

function withoutSignature(form: string): string {
  // Every client puts it last.
  const at = form.lastIndexOf('&signature=');
  if (at >= 0 && form.indexOf('&', at + 1) < 0) return form.slice(0, at);
  return form.replace(SIGNATURE_PAIR, (_pair, before: string, after: string) => (before === '' || after === '' ? '' : '&'));
}

/** What a REST request signs: query and body one after the other, without the `signature` pair. */
export function signedPayload(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body);
}

/** What a WS-API request signs: parameters sorted by name. */
export function sortedPayload(params: Iterable<readonly [string, string]>): string {
  const pairs = [...params].filter(([name]) => name !== 'signature');
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** Prepared once per registered key. */
const prepared = new WeakMap<ApiKey, HmacKey>();

function hmacKeyOf(key: ApiKey & { readonly type: 'hmac' }): HmacKey {
  let hmac = prepared.get(key);
  if (hmac === undefined) {
    hmac = new HmacKey(key.secret);
    prepared.set(key, hmac);
  }
  return hmac;
}

export function signatureMatches(key: ApiKey, payload: string, signature: string): boolean {
  if (key.type === 'hmac') return hmacKeyOf(key).hex(payload) === signature.toLowerCase();
  const bytes = Buffer.from(signature, 'base64');
  return verify(key.type === 'rsa' ? 'RSA-SHA256' : null, Buffer.from(payload, 'utf8'), key.publicKey, bytes);
}
