/**
 * Proves who sent a service request. CURVE tells a server that a key is on the list, not which one a request came from; so each request
 * carries the name of its sender and a code that only sender and server can compute (X25519 of their CURVE keys, then HMAC-SHA-256).
 */
import { createHmac, createPrivateKey, createPublicKey, diffieHellman, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { KeyPair } from './key-pair.ts';

const CONTEXT = 'fillwright service request v1';

/** Seals and checks requests between one process and its peers. */
export class Sealer {
  readonly #own: KeyObject;
  readonly #shared = new Map<string, Buffer>();

  constructor(pair: KeyPair) {
    const [x, d] = [base64Url(pair.publicKey), base64Url(pair.secretKey)];
    this.#own = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x, d }, format: 'jwk' });
  }

  /** `peer`: public key of the other side. */
  code(peer: string, body: Uint8Array): Buffer {
    return createHmac('sha256', this.#secretWith(peer)).update(body).digest();
  }

  isGenuine(peer: string, body: Uint8Array, code: Uint8Array): boolean {
    const expected = this.code(peer, body);
    return code.length === expected.length && timingSafeEqual(code, expected);
  }

  /** Bounded by the list of peers: only keys that stand there are ever asked for. */
  #secretWith(peer: string): Buffer {
    let secret = this.#shared.get(peer);
    if (secret === undefined) {
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64Url(peer) }, format: 'jwk' });
      secret = createHmac('sha256', diffieHellman({ privateKey: this.#own, publicKey }))
        .update(CONTEXT)
        .digest();
      this.#shared.set(peer, secret);
    }
    return secret;
  }
}

function base64Url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
