import { expect, it } from '@jest/globals';
import { JsonText, jsonText } from '../../src/numbers/json.ts';
import { Prng } from '../../src/numbers/prng.ts';
import { orderReply, orderReplyText } from '../../src/render/order-json.ts';
import { type Draw, MarketSoak } from '../soak/market-soak.ts';

it('an answer printed by hand has the bytes of the one printed from an object, for orders of every kind and fate', () => {
  const soak = new MarketSoak();
  const seen = new Set<string>();
  soak.engine.listen({
    orderChanged: (order) => {
      seen.add(`${order.type} ${order.tif} ${order.status}`);
      for (const acknowledged of [false, true]) {
        const [printed, made] = [orderReplyText(order, acknowledged).text, jsonText(orderReply(order, { acknowledged }))];
        if (printed !== made) expect(printed).toBe(made);
      }
    },
  });
  const prng = new Prng('1', 'replies');
  for (let n = 0; n < 4_000; n += 1) soak.run(Array.from({ length: 6 }, () => prng.below(1_000)) as unknown as Draw);

  expect(seen.size).toBeGreaterThan(12);
});

it('printed JSON cannot become a part of another answer', () => {
  expect(jsonText(new JsonText('[1]'))).toBe('[1]');
  expect(() => jsonText({ rows: [new JsonText('[1]')] })).toThrow('never a part');
});
