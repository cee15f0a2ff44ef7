import { Secret } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { basicAnswers, createWorld } from './adapter-world.ts';
import { EXCHANGE_INFO } from './payloads.ts';

describe('getting ready', () => {
  it('gives instruments and the offset of the clock', async () => {
    const { adapter } = createWorld();
    const outcome = await adapter.prepare();
    expect(outcome).toMatchObject({ type: 'confirmed', value: { clockOffsetMs: 40 } });
    expect(outcome.type === 'confirmed' && outcome.value.instruments.map(({ symbol }) => symbol)).toEqual([
      'BTCUSDT',
      'ETHUSDT',
      'BTCUSDT_261225',
    ]);
    expect(adapter.executionHorizonMs).toBe(15_000);
  });

  it('refuses an account in hedge mode and says what to do', async () => {
    const { adapter, http, clock } = createWorld();
    http.auto = (what) => (what.endsWith('/dual') ? [200, { dualSidePosition: true }] : basicAnswers(what, clock));
    expect(await adapter.prepare()).toMatchObject({
      type: 'refused',
      retry: false,
      reason: { code: 'HEDGE_MODE', text: expect.stringContaining('one-way') },
    });
  });

  it('waits for no room that only its guess of the limits denies', async () => {
    const { adapter, http, clock } = createWorld();
    const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 }];
    http.auto = (what) => {
      if (what.endsWith('/exchangeInfo')) return [200, { ...EXCHANGE_INFO, rateLimits }];
      const [status, body] = basicAnswers(what, clock) ?? [404, ''];
      return [status, body, { 'x-mbx-used-weight-1m': '2390' }];
    };
    await expect(Promise.race([adapter.prepare(), clock.pass(1_000)])).resolves.toMatchObject({ type: 'confirmed' });
  });

  it('refuses for good when the key is not allowed, and leaves open what the venue did not answer', async () => {
    const { adapter, http, clock } = createWorld();
    http.auto = (what) =>
      what.endsWith('/dual') ? [401, { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }] : basicAnswers(what, clock);
    expect(await adapter.prepare()).toMatchObject({ type: 'refused', retry: false, reason: { code: 'BINANCE_2015' } });
    http.auto = (what) => (what.endsWith('/exchangeInfo') ? [200, '<html>'] : basicAnswers(what, clock));
    expect(await adapter.prepare()).toMatchObject({ type: 'unknown' });
    http.auto = () => [503, ''];
    expect(await adapter.prepare()).toMatchObject({ type: 'unknown', reason: { code: 'NO_SERVER_TIME' } });
  });

  it('does not start with empty keys or an address that is none', () => {
    expect(() => createWorld({ apiKey: new Secret('') })).toThrow(expect.objectContaining({ code: 'BIN_BAD_KEY' }));
    expect(() => createWorld({ apiSecret: new Secret('') })).toThrow(expect.objectContaining({ code: 'BIN_BAD_KEY' }));
    expect(() => createWorld({ wsPrivateUrl: 'https://venue.test' })).toThrow(expect.objectContaining({ code: 'BIN_BAD_URL' }));
  });
});
