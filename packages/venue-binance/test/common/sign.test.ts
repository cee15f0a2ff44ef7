import { createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { Secret } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSigner } from '../../src/common/sign.ts';

const SECRET = new Secret('2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9');

function pem(type: 'rsa' | 'ed25519' | 'ec'): { readonly secret: Secret; readonly publicKey: Parameters<typeof verify>[2] } {
  const encoding = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const;
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256', ...encoding })
        : generateKeyPairSync('ed25519', encoding);
  return { secret: new Secret(pair.privateKey), publicKey: pair.publicKey };
}

describe('signatures', () => {
  it('matches the HMAC vectors of the venue', () => {
    const { sign } = createSigner(SECRET);
    expect(sign('symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943')).toBe(
      '3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9',
    );
    // Query and body are joined without a separator.
    expect(sign('symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=9000&recvWindow=5000&timestamp=1591702613943')).toBe(
      '30baaf0fab549bbeda7f5ef201898b34122da25fd23c646cac2c529aebe670a4',
    );
  });

  it('makes the HMAC that Node makes, of keys and payloads of any length', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 150 }),
        fc.array(fc.string({ maxLength: 300 }), { minLength: 1 }),
        (key, payloads) => {
          const { sign } = createSigner(new Secret(key), 'HMAC');
          for (const payload of payloads) expect(sign(payload)).toBe(createHmac('sha256', key).update(payload).digest('hex'));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('signs with RSA and Ed25519 keys so that their public keys verify', () => {
    const payload = 'symbol=BTCUSDT&timestamp=1591702613943';
    const rsa = pem('rsa');
    expect(verify('sha256', Buffer.from(payload), rsa.publicKey, Buffer.from(createSigner(rsa.secret).sign(payload), 'base64'))).toBe(true);
    const ed = pem('ed25519');
    expect(verify(null, Buffer.from(payload), ed.publicKey, Buffer.from(createSigner(ed.secret, 'ED25519').sign(payload), 'base64'))).toBe(
      true,
    );
  });

  it('takes base64 text without PEM for an HMAC secret, never for a key', () => {
    const secret = new Secret('MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v');
    expect(createSigner(secret).sign('a')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses keys that do not fit, without quoting them', () => {
    expect(() => createSigner(new Secret(''))).toThrow(expect.objectContaining({ code: 'BIN_BAD_KEY' }));
    expect(() => createSigner(SECRET, 'ED25519')).toThrow(expect.objectContaining({ code: 'BIN_BAD_KEY' }));
    expect(() => createSigner(pem('rsa').secret, 'ED25519')).toThrow(/type RSA/);
    expect(() => createSigner(pem('rsa').secret, 'HMAC')).toThrow(/HMAC/);
    expect(() => createSigner(pem('ec').secret)).toThrow(/only RSA and Ed25519/);
    const broken = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';
    expect(() => createSigner(new Secret(broken))).toThrow(expect.objectContaining({ message: expect.not.stringContaining('c2VjcmV0') }));
  });
});
