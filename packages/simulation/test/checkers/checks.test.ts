/** Every check is silent about a sound story and speaks up about each wrong it is there for. */
import { describe, expect, it } from '@jest/globals';
import { balances } from '../../src/checkers/balances.ts';
import type { MakeCheck } from '../../src/checkers/check.ts';
import type { Evidence } from '../../src/checkers/evidence.ts';
import { fills } from '../../src/checkers/fills.ts';
import { finalOrders } from '../../src/checkers/final-orders.ts';
import { intents } from '../../src/checkers/intents.ts';
import { limits } from '../../src/checkers/limits.ts';
import { orderMoves } from '../../src/checkers/order-moves.ts';
import { owners } from '../../src/checkers/owners.ts';
import { publications } from '../../src/checkers/publications.ts';
import { sendingFirst } from '../../src/checkers/sending-first.ts';
import { standingOrders } from '../../src/checkers/standing-orders.ts';
import { told } from '../../src/checkers/told.ts';
import { venueOrders } from '../../src/checkers/venue-orders.ts';
import { CHECKS } from '../../src/checkers/witness.ts';
import * as made from './evidence-of.ts';

const { journaled, published, requested, verdict, venue, FILL, KILLED, ORDER, VENUE_FILL, VENUE_NEW, finalOrder } = made;

const OPEN = { state: 'open', phase: 'new' };
const FILLED = { state: 'closed', phase: 'filled', filledQty: '2' };
const CANCELED = { state: 'closed', phase: 'canceled' };
const CANCELING = { ...OPEN, request: { type: 'cancel', commandId: 'c', phase: 'sending' } };
const PLACE = requested('POST', { symbol: 'BTCUSDT', newClientOrderId: 'q1a1' });
const SENDING = journaled(2, 'sending', { phase: 'sending' });
const intent = (record: object): Evidence =>
  ({ us: 1, process: 'trader', incarnation: 'trader#1', type: 'intended', record: { k: 'intent', ...record } }) as Evidence;
const INTENT = intent({ command: { clientOrderId: 'q1a1' } });
const POSITION = venue({ type: 'final-position', symbol: 'BTCUSDT', amount: '2.000' });

interface Case {
  readonly check: MakeCheck;
  readonly sound: readonly Evidence[];
  /** Wrong → evidence → what is said of it, in part. */
  readonly wrongs: Readonly<Record<string, readonly [evidence: readonly Evidence[], said: string]>>;
}

/** Settled by hand as ended; then it turns out that it lived, and the engine goes on with it under a name of its own. */
const LIVES_ON = { clientOrderId: 'q1a1#50' };
const CONTRADICTED = [
  SENDING,
  VENUE_NEW,
  journaled(3, 'expired', { state: 'closed', phase: 'expired' }),
  journaled(4, 'accepted', { ...OPEN, ...LIVES_ON }),
  journaled(5, 'canceled', { ...CANCELED, ...LIVES_ON }),
];
const STORY = [
  journaled(1, 'initialized'),
  SENDING,
  journaled(3, 'accepted', OPEN),
  journaled(4, 'filled', { state: 'open', phase: 'partially-filled', filledQty: '1' }, { ...FILL, qty: '1' }),
  journaled(5, 'cancel-requested', { ...CANCELING, phase: 'partially-filled', filledQty: '1' }),
  journaled(6, 'canceled', { ...CANCELED, filledQty: '1' }),
  journaled(7, 'filled', FILLED, { ...FILL, tradeId: '8', qty: '1' }),
];

/** A second order on the side of the first one. */
const SECOND = { clientOrderId: 'q1a2' };
const DENIED = published(1, undefined, { commandId: 'q1a1', verdict: 'denied' }, { type_: 'command.answer' });

const COMMAND = published(1, undefined, { clientOrderId: 'q1a1', engineEpoch: 5 }, { type_: 'command.place', process: 'trader' });
const CANCEL = published(2, undefined, { clientOrderId: 'q1a1' }, { type_: 'command.cancel', process: 'trader' });
const noted = (pos: number, record: { readonly k: string }): Evidence => ({ ...journaled(pos, ''), record }) as Evidence;
const OWNER = noted(1, { k: 'owner', tag: 'q1', src: 'engine' } as { readonly k: string });
const BOOT = (epoch: number): Evidence => noted(1, { k: 'boot', epoch } as { readonly k: string });
const MODE = (mode: string): Evidence => noted(2, { k: 'mode', mode } as { readonly k: string });
const CANCEL_ASKED = journaled(4, 'cancel-requested', { ...OPEN, request: { type: 'cancel', commandId: 'm2', phase: 'waiting' } });
const MODIFIES = { ...OPEN, request: { type: 'modify', commandId: 'm3', phase: 'sending' } };

const PROFIT = venue({ type: 'fill', realizedPnl: '2', fee: '0.5' });
const MONEY = venue({ type: 'money', asset: 'USDT', change: '-5' });
const LAST_WALLET = venue({ type: 'final-balance', asset: 'USDT', wallet: '96.50' });
const WALLET = (wallet: string): Evidence => noted(3, { k: 'balance', balance: { asset: 'USDT', wallet } } as { readonly k: string });

const CASES: Readonly<Record<string, Case>> = {
  owners: {
    check: owners,
    sound: [OWNER, COMMAND, journaled(2, 'initialized'), CANCEL, CANCEL_ASKED],
    wrongs: {
      'a cancel by somebody else': [
        [
          noted(1, { k: 'owner', tag: 'q1', src: 'other' } as { readonly k: string }),
          COMMAND,
          journaled(2, 'initialized'),
          CANCEL,
          CANCEL_ASKED,
        ],
        'which belongs to other, came from engine',
      ],
      'a cancel of an order made by hand': [
        [
          journaled(2, 'initialized', { owner: 'EXTERNAL' }),
          { ...CANCEL_ASKED, record: journaled(4, 'cancel-requested', { ...MODIFIES, owner: 'EXTERNAL' }).record },
        ],
        'which nobody of ours made',
      ],
      'a second copy of a command that is carried out': [[OWNER, COMMAND, CANCEL, CANCEL_ASKED, CANCEL_ASKED], 'was taken on twice'],
      'an order made by hand that is given to a trader': [[OWNER, journaled(2, 'initialized')], 'who never asked for it'],
    },
  },
  'standing-orders': {
    check: standingOrders,
    sound: [
      BOOT(5),
      COMMAND,
      journaled(2, 'initialized'),
      SENDING,
      MODE('halted'),
      MODE('normal'),
      journaled(5, 'request-sending', MODIFIES),
    ],
    wrongs: {
      'an order sent after a halt': [[BOOT(5), COMMAND, MODE('halted'), SENDING], 'sending of q1a1 although trading is halted'],
      'a modify sent after a pause': [[BOOT(5), MODE('paused'), journaled(5, 'request-sending', MODIFIES)], 'although trading is paused'],
      'bytes written after a halt': [
        [BOOT(5), COMMAND, SENDING, MODE('halted'), PLACE],
        'POST /fapi/v1/order was written although trading is halted',
      ],
      'an order made for a former engine': [[BOOT(6), COMMAND, SENDING], 'was made for engine epoch 5 and sent in 6'],
    },
  },
  balances: {
    check: balances,
    sound: [PROFIT, WALLET('101.5'), MONEY, WALLET('96.5'), LAST_WALLET],
    wrongs: {
      'a wallet that the account never had': [
        [PROFIT, WALLET('102')],
        'the engine holds 102 USDT for the balance, which the account never had',
      ],
      'money that came from nowhere': [[PROFIT, LAST_WALLET], 'the venue holds 96.5 USDT; trades, funding and transfers make it 101.5'],
    },
  },
  limits: {
    check: limits,
    // Of two orders of 2 with a limit of 3 the second passes only when the first has ended.
    sound: [
      journaled(1, 'initialized'),
      SENDING,
      journaled(3, 'canceled', CANCELED),
      journaled(4, 'initialized', SECOND),
      journaled(5, 'sending', SECOND),
    ],
    wrongs: {
      'an order that with another still open would pass the limit': [
        [journaled(1, 'initialized'), SENDING, journaled(3, 'initialized', SECOND), journaled(4, 'sending', SECOND)],
        'order q1a2 could take BTCUSDT-PERP.BINANCE to 4, limit 3',
      ],
      'an order of unknown outcome that was not counted': [
        [
          ...[journaled(1, 'initialized'), SENDING, journaled(3, 'outcome-unknown', { phase: 'unknown' })],
          ...[journaled(4, 'initialized', SECOND), journaled(5, 'sending', SECOND)],
        ],
        'order q1a2 could take',
      ],
      'a fill that was not counted': [
        [...STORY, journaled(8, 'initialized', SECOND), journaled(9, 'sending', SECOND)],
        'order q1a2 could take BTCUSDT-PERP.BINANCE to 4, limit 3',
      ],
    },
  },
  told: {
    check: told,
    sound: [DENIED],
    wrongs: {
      'a denial of an order that is at the venue': [
        [DENIED, VENUE_NEW],
        'told the trader that order q1a1 was denied, and the venue has it',
      ],
    },
  },
  'venue-orders': {
    check: venueOrders,
    sound: [VENUE_NEW, finalOrder('FILLED', '2')],
    wrongs: {
      'one client order id twice at the venue': [
        [VENUE_NEW, venue({ ...VENUE_NEW.line, orderId: '51' })],
        'q1a1 has two orders at the venue: BTCUSDT 50 and BTCUSDT 51',
      ],
      'more filled than ordered': [[finalOrder('FILLED', '2.1')], 'filled 2.1 of 2'],
    },
  },
  'sending-first': {
    check: sendingFirst,
    sound: [
      SENDING,
      PLACE,
      VENUE_NEW,
      journaled(3, 'request-sending', CANCELING),
      requested('DELETE', { symbol: 'BTCUSDT', orderId: '50' }),
    ],
    wrongs: {
      'a request before its record': [[PLACE, SENDING], 'place of q1a1 was written without a journaled sending'],
      'a request repeated without a record': [[SENDING, PLACE, PLACE], 'place of q1a1 was written without'],
      'a request of a later life on the record of a former one': [[SENDING, KILLED, PLACE], 'place of q1a1 was written without'],
      'a cancel on the record of the placing': [
        [SENDING, VENUE_NEW, requested('DELETE', { symbol: 'BTCUSDT', orderId: '50' })],
        'cancel of q1a1',
      ],
    },
  },
  'order-moves': {
    check: orderMoves,
    sound: STORY,
    wrongs: {
      'a move that makes no sense': [[journaled(1, 'initialized'), journaled(2, 'accepted', OPEN)], 'went from intent to new'],
      'a closed order that comes back': [[...STORY, journaled(8, 'accepted', { ...OPEN, filledQty: '2' })], 'went from filled to new'],
      'an order made twice': [[...STORY.slice(0, 2), journaled(3, 'initialized', { phase: 'sending' })], 'went from sending to sending'],
      'a filled quantity that is not the sum of the fills': [
        [...STORY.slice(0, 3), journaled(4, 'filled', FILLED, { ...FILL, qty: '1' })],
        'says 2 filled, its fills sum up to 1',
      ],
      'more filled than ordered': [
        [...STORY.slice(0, 3), journaled(4, 'filled', { ...FILLED, filledQty: '3' }, { ...FILL, qty: '3' })],
        'is filled 3 of 2',
      ],
      'an order without an end': [STORY.slice(0, 3), 'never ended: it is still new'],
    },
  },
  intents: {
    check: intents,
    sound: [INTENT, intent({ k: 'closed', id: 'q1a1' })],
    wrongs: {
      'an intent without an end': [[INTENT], 'the intent q1a1 of 1 µs has no end'],
      'an id used twice': [[INTENT, INTENT, intent({ k: 'closed', id: 'q1a1' })], 'used the order id q1a1 twice'],
    },
  },
  fills: {
    check: fills,
    sound: [VENUE_FILL, journaled(4, 'filled', FILLED, FILL), POSITION],
    wrongs: {
      'a trade booked twice': [
        [VENUE_FILL, journaled(4, 'filled', FILLED, FILL), made.strayFill(5, FILL), POSITION],
        'trade 7 buy was booked at 4 and again at 5',
      ],
      'a trade never booked': [[VENUE_FILL, POSITION], 'trade 7 buy of 2.000 at 100.00 was never booked'],
      'a trade the venue never made': [[journaled(4, 'filled', FILLED, FILL)], 'the venue never made it'],
      'a trade that was made up': [[made.strayFill(4, { ...FILL, tradeId: 'SYN-1', synthetic: true })], 'was made up'],
      'another price': [
        [VENUE_FILL, journaled(4, 'filled', FILLED, { ...FILL, price: '101' }), POSITION],
        'price is 100.00 at the venue, 101',
      ],
      'another order': [
        [VENUE_FILL, journaled(4, 'filled', FILLED, { ...FILL, clientOrderId: 'q1b' }), POSITION],
        'belongs to q1a1, and is booked on q1b',
      ],
      'a position that is not the sum of its trades': [
        [VENUE_FILL, journaled(4, 'filled', FILLED, FILL), venue({ ...POSITION.line, amount: '3' })],
        'the venue holds 3 of BTCUSDT-PERP.BINANCE, its own trades sum up to 2',
      ],
    },
  },
  publications: {
    check: publications,
    sound: [
      journaled(1, 'initialized'),
      published(1, 1, { order: ORDER }),
      published(2, undefined, { nonce: 'n' }, { type_: 'marker' }),
      published(1, undefined, { nonce: 'n' }, { epoch: 6, type_: 'marker', incarnation: 'trading-engine#2' }),
    ],
    wrongs: {
      'a hole in the numbers': [
        [published(1, undefined, {}), published(3, undefined, {})],
        'published 3 on order.BINANCE.main.; 2 was next',
      ],
      'an epoch that does not rise': [
        [published(1, undefined, {}), published(1, undefined, {}, { incarnation: 'trading-engine#2' })],
        'speaks in epoch 5 after trading-engine#1 in 5',
      ],
      'an event told twice': [
        [journaled(1, 'initialized'), published(1, 1, { order: ORDER }), published(2, 1, { order: ORDER })],
        'order.event of position 1 was published twice',
      ],
      'an event told before it was journaled': [
        [published(1, 1, { order: ORDER }), journaled(1, 'initialized')],
        'under position 1, where nothing is journaled',
      ],
      'an event told otherwise than it was journaled': [
        [journaled(1, 'initialized'), published(1, 1, { order: { ...ORDER, ...OPEN } })],
        'says q1a1 new 0 filled, the journal order, q1a1 intent 0 filled',
      ],
      'a position journaled twice': [[journaled(1, 'initialized'), SENDING, SENDING], 'position 2 was journaled twice'],
    },
  },
  'final-orders': {
    check: finalOrders,
    sound: [...STORY, finalOrder('FILLED', '2')],
    wrongs: {
      'an order settled by hand that ended otherwise than the engine says it lives on': [
        [...CONTRADICTED, finalOrder('FILLED', '2')],
        'q1a1 ended as canceled here and as FILLED at the venue',
      ],
      'another end than at the venue': [[...STORY, finalOrder('CANCELED', '2')], 'ended as filled here and as CANCELED at the venue'],
      'another filled quantity than at the venue': [[...STORY, finalOrder('FILLED', '1')], 'is filled 2 here and 1 at the venue'],
      'a denied order that is at the venue': [
        [journaled(1, 'denied', { state: 'closed', phase: 'denied' }), finalOrder('CANCELED', '0')],
        'ended as denied here and as CANCELED at the venue',
      ],
      'an order the engine never heard of': [
        [finalOrder('NEW', '0', 'q1zz')],
        'the venue has order q1zz (NEW), the engine never heard of it',
      ],
      'a contradicted settlement that goes unheard': [
        [...CONTRADICTED.slice(0, 3), finalOrder('CANCELED', '0')],
        'q1a1 ended as expired here and as CANCELED at the venue',
      ],
      'an order left open': [[...STORY.slice(0, 3), finalOrder('NEW', '0')], 'q1a1 is still open at the venue'],
      'a fill of an order the venue does not have': [STORY, 'is filled here, the venue has none'],
    },
  },
};

describe.each(Object.entries(CASES))('%s', (_name, { check, sound, wrongs }) => {
  it('has nothing against a sound story', () => {
    expect(verdict(check, sound)).toEqual([]);
  });

  it.each(Object.entries(wrongs))('sees %s', (_wrong, [evidence, said]) => {
    expect(verdict(check, evidence)).toContainEqual(expect.stringContaining(said));
  });
});

it('takes an order that lives on after its id was settled by hand for the one at the venue', () => {
  expect(verdict(finalOrders, [...CONTRADICTED, finalOrder('CANCELED', '0')])).toEqual([]);
});

it('leaves no check of the witness untried', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(CHECKS).sort());
});
