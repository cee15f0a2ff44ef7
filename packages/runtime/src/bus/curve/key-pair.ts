/** A CURVE key pair: X25519, as libzmq makes them. */
import { generateKeyPairSync } from 'node:crypto';

/** Raw bytes in hexadecimal, as the key files have them. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** From the random source of the system, never from a seed. */
export function newKeyPair(): KeyPair {
  const { x = '', d = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: hex(x), secretKey: hex(d) };
}

function hex(base64Url: string): string {
  return Buffer.from(base64Url, 'base64url').toString('hex');
}
