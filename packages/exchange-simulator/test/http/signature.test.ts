import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HmacKey } from '../../src/http/hmac.ts';
import { signatureMatches, signedPayload, sortedPayload } from '../../src/http/signature.ts';
import { TestVenue } from '../kit.ts';

/** Published by the exchange for this secret. */
const SECRET = '2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9';

function hmacSha256(secret: string, payload: string): string {
  return new HmacKey(secret).hex(payload);
}

describe('request signatures', () => {
  it('equals the general HMAC for any secret and message', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ minLength: 2_700, maxLength: 3_000 }),
    );
    fc.assert(
      fc.property(texts, texts, (secret, message) => {
        expect(hmacSha256(secret, message)).toBe(createHmac('sha256', secret).update(message, 'utf8').digest('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('signs the query as published', () => {
    const query = 'symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943';
    const expected = '3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9';
    expect(hmacSha256(SECRET, signedPayload(`${query}&signature=${expected}`, ''))).toBe(expected);
  });

  it('signs query and body together as published', () => {
    const query = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC';
    const body = 'quantity=1&price=9000&recvWindow=5000&timestamp=1591702613943';
    const expected = '30baaf0fab549bbeda7f5ef201898b34122da25fd23c646cac2c529aebe670a4';
    expect(hmacSha256(SECRET, signedPayload(query, `${body}&signature=${expected}`))).toBe(expected);
  });

  it.each([
    ['signature=x&a=1&b=2', 'a=1&b=2'],
    ['a=1&signature=x&b=2', 'a=1&b=2'],
    ['a=1&b=2&signature=x', 'a=1&b=2'],
    ['a=1&mysignature=x', 'a=1&mysignature=x'],
    ['signature=x', ''],
  ])('takes the signature out of %s', (form, payload) => {
    expect(signedPayload(form, '')).toBe(payload);
  });

  it('sorts the parameters of the WS-API', () => {
    const params: [string, string][] = [['b', '2'], ['signature', 'x'], ['a', '1']]; // biome-ignore format: a table
    expect(sortedPayload(params)).toBe('a=1&b=2');
  });

  it('is case-blind for HMAC and exact about the payload', () => {
    const key = { type: 'hmac', key: 'k', secret: SECRET } as const;
    expect(signatureMatches(key, 'a=1', hmacSha256(SECRET, 'a=1').toUpperCase())).toBe(true);
    expect(signatureMatches(key, 'a=2', hmacSha256(SECRET, 'a=1'))).toBe(false);
  });

  it.each(['rsa', 'ed25519'] as const)('accepts %s keys by their public half, over the wire', async (type) => {
    const pair = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const test = await TestVenue.quiet({ accounts: [{ name: 'a', apiKey: 'key-a', publicKeyPem, balanceUsdt: '1' }] });
    const query = `timestamp=${test.clock.nowMs}`;
    const signature = sign(type === 'rsa' ? 'RSA-SHA256' : null, Buffer.from(query), pair.privateKey).toString('base64');
    const call = (text: string) => {
      const target = `/fapi/v3/balance?${query}&signature=${encodeURIComponent(text)}`;
      return test.now(test.raw('GET', target, { 'x-mbx-apikey': 'key-a' })).json;
    };
    expect(call(signature)[0].balance).toBe('1.00000000');
    expect(call(Buffer.alloc(64).toString('base64'))).toEqual({ code: -1022, msg: 'Signature for this request is not valid.' });
  });
});
