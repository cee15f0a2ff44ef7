import { describe, expect, it } from '@jest/globals';
import { BTC, createWorld } from './adapter-world.ts';
import { settle } from './virtual-clock.ts';

const COUNTDOWN = 'POST /fapi/v1/countdownCancelAll';

describe("the venue's dead man's switch", () => {
  it('is wound up per symbol, signed', async () => {
    const world = createWorld();
    const asked = world.adapter.cancelAllAfter?.(BTC, 60_000);
    await settle();
    const { params, answer } = world.http.last(COUNTDOWN);
    expect([params.get('symbol'), params.get('countdownTime'), params.has('signature')]).toEqual(['BTCUSDT', '60000', true]);
    answer(200, { symbol: 'BTCUSDT', countdownTime: '60000' });
    expect(await asked).toEqual({ type: 'confirmed', value: undefined });
  });

  it('counts as wound up only when the venue repeats what it was told', async () => {
    const world = createWorld();
    const asked = world.adapter.cancelAllAfter?.(BTC, 60_000);
    await settle();
    world.http.last(COUNTDOWN).answer(200, { symbol: 'BTCUSDT', countdownTime: '0' });
    expect((await asked)?.type).toBe('unknown');
  });

  it('is refused or unknown like any other request', async () => {
    const world = createWorld();
    const lost = world.adapter.cancelAllAfter?.(BTC, 60_000);
    await settle();
    world.http.last(COUNTDOWN).fail({ sent: 'maybe', reason: 'timeout', message: 'no answer' });
    expect((await lost)?.type).toBe('unknown');
    const banned = world.adapter.cancelAllAfter?.(BTC, 60_000);
    await settle();
    world.http.last(COUNTDOWN).answer(429, { code: -1003, msg: 'Too many requests.' });
    expect(await banned).toMatchObject({ type: 'refused', retry: true });
  });
});
