import { describe, expect, it } from '@jest/globals';
import { type CommandKind, OUTCOME_TABLE, outcomeOf, type Verdict } from '../../src/http/outcome-table.ts';
import type { VenueFailure } from '../../src/http/venue-failure.ts';

const KINDS: readonly CommandKind[] = ['place', 'modify', 'cancel', 'algo-place', 'algo-cancel'];

function verdict(kind: CommandKind, failure: VenueFailure): Verdict {
  const outcome = outcomeOf(kind, failure);
  return outcome.type === 'unknown' ? 'unknown' : outcome.retry ? 'retry' : 'refused';
}

function error(status: number, code: number | undefined, text = ''): VenueFailure {
  return { kind: 'error', status, text, ...(code === undefined ? {} : { code }) };
}

const UNKNOWN_503 = 'Unknown error, please check your request or try again later.';
const THROTTLED = 'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.';

/** Every row holds for all commands unless it names some. */
const ROWS: readonly (readonly [
  status: number,
  code: number | undefined,
  text: string,
  verdict: Verdict,
  kinds?: readonly CommandKind[],
])[] = [
  [503, undefined, UNKNOWN_503, 'unknown'],
  [503, -1000, UNKNOWN_503, 'unknown'],
  [503, undefined, 'Service Unavailable.', 'retry'],
  [503, undefined, '<html>503 Service Temporarily Unavailable</html>', 'unknown'],
  [503, -1001, 'Internal error; unable to process your request. Please try again.', 'retry'],
  [400, -1001, 'Internal error; unable to process your request. Please try again.', 'unknown'],
  [503, -1008, THROTTLED, 'retry'],
  [429, -1008, THROTTLED, 'retry'],
  [400, -1006, 'An unexpected response was received from the message bus.', 'unknown'],
  [400, -1007, 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.', 'unknown'],
  [408, undefined, '', 'unknown'],
  [500, undefined, '', 'unknown'],
  [502, undefined, 'Bad Gateway', 'unknown'],
  [504, undefined, '', 'unknown'],
  [500, -2019, 'Margin is insufficient.', 'unknown'],
  [307, undefined, '', 'unknown'],
  [400, undefined, 'Bad Request', 'unknown'],
  [404, undefined, '', 'unknown'],
  [400, -9999, 'a code of tomorrow', 'unknown'],
  [400, -1000, 'An unknown error occurred while processing the request.', 'unknown'],
  [400, -1016, 'This service is no longer available.', 'unknown'],
  [400, -5028, 'Timestamp for this request is outside of the ME recvWindow.', 'retry'],
  [400, -1021, 'Timestamp for this request is outside of the recvWindow.', 'retry'],
  [429, -1003, 'Too many requests.', 'retry'],
  [418, -1003, 'Way too many requests; IP banned until 1794400060000.', 'retry'],
  [400, -1015, 'Too many new orders.', 'retry'],
  [400, -4531, 'locked', 'retry'],
  [403, undefined, '<html>Forbidden</html>', 'refused'],
  [400, -4116, 'ClientOrderId is duplicated.', 'unknown'],
  [400, -2011, 'Unknown order sent.', 'unknown'],
  [400, -2013, 'Order does not exist.', 'unknown'],
  [400, -4117, 'Stop order is triggering.', 'unknown'],
  [400, -1022, 'Signature for this request is not valid.', 'refused'],
  [401, -2015, 'Invalid API-key, IP, or permissions for action.', 'refused'],
  [400, -1102, 'Mandatory parameter missing.', 'refused'],
  [400, -1111, 'Precision is over the maximum defined for this asset.', 'refused'],
  [400, -1121, 'Invalid symbol.', 'refused'],
  [400, -2019, 'Margin is insufficient.', 'refused'],
  [400, -2021, 'Order would immediately trigger.', 'refused'],
  [400, -2022, 'ReduceOnly Order is rejected.', 'refused'],
  [400, -2025, 'Reach max open order limit.', 'refused'],
  [400, -2027, 'Exceeded the maximum allowable position at current leverage.', 'refused'],
  [400, -4014, 'Price not increased by tick size.', 'refused'],
  [400, -4023, 'Qty not increased by step size.', 'refused'],
  [400, -4016, 'Price is higher than mark price multiplier cap.', 'refused'],
  [400, -4061, "Order's position side does not match user's setting.", 'refused'],
  [400, -4120, 'Order type not supported for this endpoint.', 'refused'],
  [400, -4131, 'best price outside', 'refused'],
  [400, -4164, "Order's notional must be no smaller than 50.", 'refused'],
  [400, -5021, 'FOK refused', 'refused'],
  [400, -5022, 'Post Only order will be rejected.', 'refused', ['place', 'algo-place']],
  [400, -5022, 'Post Only order will be rejected.', 'unknown', ['modify']],
  [400, -5027, 'No need to modify the order.', 'unknown', ['modify']],
  [400, -5043, 'A pending modification already exists.', 'retry', ['modify']],
];

describe('what a failed command means', () => {
  it.each(ROWS)('HTTP %s, code %s, %j → %s', (status, code, text, expected, kinds = KINDS) => {
    for (const kind of kinds) expect([kind, verdict(kind, error(status, code, text))]).toEqual([kind, expected]);
  });

  it('believes "never sent" only with proof', () => {
    for (const kind of KINDS) {
      const transport = { kind: 'transport', reason: 'cut', text: 'socket hang up' } as const;
      expect(verdict(kind, { ...transport, sent: 'no' })).toBe('retry');
      expect(verdict(kind, { ...transport, sent: 'maybe' })).toBe('unknown');
      expect(verdict(kind, { kind: 'unreadable', text: 'not JSON' })).toBe('unknown');
    }
  });

  it('is unknown wherever no row gives proof', () => {
    for (let status = 200; status < 600; status++) {
      if ([403, 418, 429].includes(status)) continue;
      expect(verdict('place', error(status, undefined, 'something'))).toBe('unknown');
      expect(verdict('cancel', error(status, -7777, 'something'))).toBe('unknown');
    }
  });

  it('never refuses for certain on a server error', () => {
    const codes = OUTCOME_TABLE.flatMap((row) => row.codes ?? []);
    for (const code of codes) for (const kind of KINDS) expect(verdict(kind, error(500, code))).not.toBe('refused');
  });

  it("carries the venue's code and words", () => {
    expect(outcomeOf('place', error(400, -2019, 'Margin is insufficient.'))).toEqual({
      type: 'refused',
      retry: false,
      reason: { code: 'BINANCE_2019', text: 'Margin is insufficient. (-2019, HTTP 400)' },
    });
    expect(outcomeOf('place', error(502, undefined, 'Bad Gateway'))).toEqual({
      type: 'unknown',
      reason: { code: 'HTTP_502', text: 'Bad Gateway' },
    });
  });
});
