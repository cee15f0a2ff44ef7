/** Every payload of the folder named by FILLWRIGHT_FIXTURES through its parser. The payloads are not ours to copy, so they stay outside. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseLosslessJson } from '../../src/common/lossless-json.ts';
import { type Parsed, parseEach } from '../../src/common/parsed.ts';
import { parseBalances, parseHedgeMode, parsePositions } from '../../src/parse/account.ts';
import { parseAlgoOrder } from '../../src/parse/algo-order.ts';
import { parseExchangeInfo } from '../../src/parse/exchange-info.ts';
import { readMarketFrame } from '../../src/parse/market-frame.ts';
import { parseOrder } from '../../src/parse/order.ts';
import { parseDepthSnapshot } from '../../src/parse/public-answers.ts';
import { parseTrade } from '../../src/parse/trade.ts';
import { readUserFrame } from '../../src/parse/user-frame.ts';

const root = process.env.FILLWRIGHT_FIXTURES;
const folder = root === undefined ? undefined : join(root, 'futures');

const HTTP: Readonly<Record<string, (raw: unknown) => Parsed<unknown>>> = {
  'account_orders.json': (raw) => parseEach(raw, 'orders', (row) => parseOrder(row, 'query')),
  'account_position_side_dual.json': parseHedgeMode,
  'account_positions_one_way.json': parsePositions,
  'account_trades.json': (raw) => parseEach(raw, 'trades', parseTrade),
  'balance.json': parseBalances,
  'market_depth.json': parseDepthSnapshot,
  'market_exchange_info.json': parseExchangeInfo,
  'open_algo_orders.json': (raw) => parseEach(raw, 'algo orders', (row) => parseAlgoOrder(row, 'query')),
  'order_response.json': (raw) => parseOrder(raw, 'answer'),
  'position_risk.json': parsePositions,
};

/** What each private frame must come to. */
const USER: Readonly<Record<string, string>> = {
  'account_update.json': 'balance USDT, position BTCUSDT-PERP.BINANCE, notice HEDGE_MODE, notice HEDGE_MODE',
  'account_update_bnfcr.json': 'balance BNFCR',
  'algo_update_canceled.json': 'order canceled',
  'algo_update_finished.json': 'order triggered',
  'algo_update_finished_canceled.json': 'order triggered',
  'algo_update_new.json': 'order new',
  'algo_update_triggered.json': 'order triggered',
  'algo_update_triggering.json': 'order new',
  'order_update_adl.combined.json': 'order filled adl with fill',
  'order_update_adl.json': 'order filled adl with fill',
  'order_update_adl_filled.json': 'order filled adl with fill',
  'order_update_calculated.json': 'order filled liquidation with fill',
  'order_update_calculated_pending.json': 'order new liquidation',
  'order_update_delivery.json': 'order filled settlement with fill',
  'order_update_insurance.json': 'order filled liquidation with fill',
  'order_update_liquidation.json': 'order filled liquidation with fill',
  'order_update_liquidation_zero_qty.json': 'notice EMPTY_VENUE_ORDER',
  'order_update_new.json': 'order new',
  'order_update_new_limit_if_touched_price_match.json': 'order new',
  'order_update_new_price_match.json': 'order new',
  'order_update_new_reduce_only_qty.json': 'order new',
  'order_update_new_stop_limit_price_match.json': 'order new',
  'order_update_settlement.combined.json': 'order filled settlement with fill',
  'order_update_settlement.json': 'order filled settlement with fill',
  'order_update_trade.json': 'order partially-filled with fill',
  'order_update_trade_partial.json': 'order partially-filled with fill',
  'order_update_trade_reduce_only_qty.json': 'order filled with fill',
  'trade_lite.json': 'trade-hint',
  'trade_lite_flat_2.json': 'trade-hint',
};

const MARKET: Readonly<Record<string, string>> = {
  'agg_trade_stream.json': 'trade',
  'book_ticker.json': 'ticker',
  'book_ticker_stream.json': 'ticker',
  'depth_diff_update.json': 'depth',
  'depth_update.json': 'depth',
  'depth_update_stream.json': 'depth',
  'mark_price_stream.json': 'mark',
};

function userText(text: string): string {
  const frame = readUserFrame(text, () => 'USDT');
  if (frame.type !== 'events') return frame.type;
  return frame.events
    .map((event) => {
      switch (event.type) {
        case 'order':
          return ['order', event.report.phase, event.report.venueMade, event.report.fill && 'with fill'].filter(Boolean).join(' ');
        case 'balance':
          return `balance ${event.report.asset}`;
        case 'position':
          return `position ${event.report.instrument}`;
        case 'notice':
          return `notice ${event.code}`;
        default:
          return event.type;
      }
    })
    .join(', ');
}

if (folder === undefined || !existsSync(folder)) {
  describe('payloads of others', () => {
    it(`prints that ${Object.keys({ ...HTTP, ...USER, ...MARKET }).length} payloads were not looked at`, () => {
      const count = Object.keys({ ...HTTP, ...USER, ...MARKET }).length;
      process.stderr.write(
        `skipped ${count} payloads: FILLWRIGHT_FIXTURES names no folder with futures/http, futures/ws-user, futures/ws-market\n`,
      );
      expect(root === undefined || !existsSync(join(root, 'futures'))).toBe(true);
    });
  });
} else {
  const read = (...path: readonly string[]): string => readFileSync(join(folder, ...path), 'utf8');

  describe('payloads of others', () => {
    it.each(Object.entries(HTTP))('http/%s', (name, parse) => {
      const json = parseLosslessJson(read('http', name));
      expect(json.type === 'parsed' && parse(json.value)).toMatchObject({ type: 'parsed' });
    });

    it('refuses hedge positions', () => {
      const json = parseLosslessJson(read('http', 'account_positions_hedge.json'));
      expect(json.type === 'parsed' && parsePositions(json.value)).toMatchObject({ problem: expect.stringContaining('hedge mode') });
    });

    it.each(readdirSync(join(folder, 'ws-user')))('ws-user/%s', (name) => {
      expect(userText(read('ws-user', name))).toBe(USER[name]);
    });

    it.each(readdirSync(join(folder, 'ws-market')))('ws-market/%s', (name) => {
      const frame = readMarketFrame(read('ws-market', name));
      expect(frame).toMatchObject({ type: 'parsed', value: { type: MARKET[name] ?? 'skipped' } });
    });
  });
}
