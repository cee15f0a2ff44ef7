/** Signatures of requests: HMAC-SHA256 (hex), RSA PKCS#1 v1.5 SHA-256 and Ed25519 (base64). Synchronous: signing and writing share a turn. */
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto';
import { AppError, type Secret } from '@fillwright/runtime/ports';

export const AUTH_METHODS = ['AUTO', 'HMAC', 'RSA', 'ED25519'] as const;
/** AUTO looks at the key: PEM text is RSA or Ed25519 by its own type, anything else is an HMAC secret. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** The value of the `signature` parameter, not yet percent-encoded. */
export type Signer = (payload: string) => string;

/** What the key is and how it signs. */
export interface SigningKey {
  readonly method: Exclude<AuthMethod, 'AUTO'>;
  readonly sign: Signer;
}

/** @throws AppError `BIN_BAD_KEY` when the key is empty, unreadable or not of the stated method. */
export function createSigner(secret: Secret, method: AuthMethod = 'AUTO'): SigningKey {
  if (secret.isEmpty) throw new AppError('BIN_BAD_KEY', 'the API secret is empty; set it in the environment or the secrets file');
  const material = secret.reveal();
  const isPem = material.includes('-----BEGIN');
  if (!isPem && (method === 'AUTO' || method === 'HMAC')) return { method: 'HMAC', sign: hmacSigner(material) };
  if (!isPem) throw new AppError('BIN_BAD_KEY', `AUTH_METHOD ${method} needs a private key in PEM form, but the API secret is none`);
  const key = privateKey(material);
  const type = key.asymmetricKeyType === 'rsa' ? 'RSA' : key.asymmetricKeyType === 'ed25519' ? 'ED25519' : undefined;
  if (type === undefined) throw new AppError('BIN_BAD_KEY', `the private key is ${key.asymmetricKeyType}; only RSA and Ed25519 can sign`);
  if (method !== 'AUTO' && method !== type)
    throw new AppError('BIN_BAD_KEY', `AUTH_METHOD is ${method}, but the API secret is a private key of type ${type}`);
  const digest = type === 'RSA' ? 'sha256' : null;
  return { method: type, sign: (payload) => sign(digest, Buffer.from(payload), key).toString('base64') };
}

/** SHA-256 takes its input in blocks of so many bytes. */
const BLOCK_BYTES = 64;

/**
 * HMAC as RFC 2104 writes it, over the one-shot hash: half the cost of an object per signature, and the journal has just used the same code.
 * The key fills the block before each input once and for all.
 */
function hmacSigner(material: string): Signer {
  const given = Buffer.from(material);
  const key = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given;
  const inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);
  for (const [index, byte] of key.entries()) {
    inner[index] = 0x36 ^ byte;
    outer[index] = 0x5c ^ byte;
  }
  return (payload) => {
    outer.set(hash('sha256', Buffer.concat([inner, Buffer.from(payload)]), 'buffer'), BLOCK_BYTES);
    return hash('sha256', outer, 'hex');
  };
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out on purpose: it could quote the key.
    throw new AppError('BIN_BAD_KEY', 'the API secret looks like PEM but is no readable private key (encrypted keys are not supported)');
  }
}
