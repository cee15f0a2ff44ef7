/** Signatures of requests: HMAC-SHA256 (hex), RSA PKCS#1 v1.5 SHA-256 and Ed25519 (base64). Synchronous: signing and writing share a turn. */
import { createHmac, createPrivateKey, createSecretKey, type KeyObject, sign } from 'node:crypto';
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

function hmacSigner(material: string): Signer {
  const key = createSecretKey(Buffer.from(material));
  return (payload) => createHmac('sha256', key).update(payload).digest('hex');
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out on purpose: it could quote the key.
    throw new AppError('BIN_BAD_KEY', 'the API secret looks like PEM but is no readable private key (encrypted keys are not supported)');
  }
}
