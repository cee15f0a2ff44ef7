/** Checks: keys, signatures, clocks and limits, as the client tells their refusals. */
import type { SimulatorOptions } from '@fillwright/exchange-simulator';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Candidate, ClientUnderTest, Refused } from './client-under-test.ts';
import { DeskVenue, NO_LIMITS, SYMBOL } from './desk-venue.ts';
import { endTimersAfterwards } from './leftover-timers.ts';

const KEY_FORMAT = 'API-key format invalid.';
const KEY_UNKNOWN = 'Invalid API-key, IP, or permissions for action.';

export function describeAccess(candidate: Candidate): void {
  describe('access', () => {
    endTimersAfterwards();
    let venue: DeskVenue | undefined;
    let clients: ClientUnderTest[] = [];

    async function opened(options: Partial<SimulatorOptions> = {}): Promise<DeskVenue> {
      venue = await DeskVenue.start(options);
      return venue;
    }

    async function client(at: DeskVenue, changes: { readonly key?: string; readonly secret?: string } = {}): Promise<ClientUnderTest> {
      const made = await candidate.open(at, 'demo', { ...at.credentials('demo'), ...changes });
      clients.push(made);
      return made;
    }

    /** What the venue said to it, also when it already says so while the client starts. */
    async function told(act: () => Promise<unknown>): Promise<Refused | string> {
      try {
        await act();
      } catch (error) {
        return candidate.refusalOf(error) ?? `not the venue's refusal: ${String(error)}`;
      }
      return 'granted';
    }

    afterEach(async () => {
      for (const one of clients) await one.close();
      clients = [];
      await venue?.stop();
      venue = undefined;
    });

    it.each([
      ['a malformed key', { key: 'not+a+key' }, -2014, KEY_FORMAT],
      ['an unknown key', { key: 'nobody' }, -2015, KEY_UNKNOWN],
      ['another secret', { secret: 'guessed' }, -1022, 'Signature for this request is not valid.'],
    ] as const)('refuses %s', async (_name, changes, code, msg) => {
      const at = await opened();
      expect(await told(async () => (await client(at, changes)).balance())).toEqual({ code, msg });
    });

    it.each([
      [60_000, 'Timestamp for this request is outside of the recvWindow.'],
      [-5_000, "Timestamp for this request was 1000ms ahead of the server's time."],
    ])('refuses a clock that is %i ms behind', async (skewMs, msg) => {
      const at = await opened();
      const ours = await client(at);
      await at.control('POST', 'clock', { skewMs });
      expect(await told(() => ours.balance())).toEqual({ code: -1021, msg });
    });

    it('says when the weight is used up, and bans who does not listen', async () => {
      const at = await opened({ limits: { ...NO_LIMITS, weightPerMinute: 60, strikesToBan: 4, banMs: 120_000 } });
      const ours = await client(at);
      const answers: (Refused | string)[] = [];
      await at.until('a ban', async () => {
        const answer = await told(() => ours.balance());
        answers.push(answer);
        return typeof answer !== 'string' && /banned until/.test(answer.msg);
      });
      const refusals = answers.filter((answer): answer is Refused => typeof answer !== 'string');
      expect(refusals.every(({ code }) => code === -1003)).toBe(true);
      expect(refusals[0]?.msg).toMatch(/^Too many requests; current limit of IP\(.+\) is 60 requests per minute\./);
      expect(refusals.at(-1)?.msg).toMatch(/^Way too many requests; IP\(.+\) banned until \d{13}\./);
    });

    it('says when there were too many orders', async () => {
      const at = await opened({ limits: { ...NO_LIMITS, ordersPer10Seconds: 3 } });
      const ours = await client(at);
      let answer: Refused | string = '';
      await at.until('too many orders', async () => {
        answer = await told(() => ours.place({ side: 'BUY', price: '175', quantity: '1' }));
        return answer !== 'granted';
      });
      expect(answer).toEqual({ code: -1015, msg: 'Too many new orders; current limit is 3 orders per 10 SECONDS.' });
      expect(await ours.openOrders(SYMBOL)).toHaveLength(at.openOrders('demo'));
    });
  });
}
