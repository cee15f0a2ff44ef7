/** The one table of all messages: type, schema, where it travels. Types, checks and `docs/wire.md` derive from it. */
import type { z } from 'zod';
import * as account from './schemas/account.ts';
import * as command from './schemas/command.ts';
import * as control from './schemas/control.ts';
import * as market from './schemas/market.ts';
import * as order from './schemas/order.ts';
import * as reconciliation from './schemas/reconciliation.ts';
import * as service from './schemas/service.ts';

export const CATALOG = {
  'order.event': { stream: 'order', schema: order.orderEventSchema },
  'order.status': { stream: 'status', schema: order.orderStatusSchema },
  'command.place': { stream: 'command', schema: command.placeSchema },
  'command.cancel': { stream: 'command', schema: command.cancelSchema },
  'command.modify': { stream: 'command', schema: command.modifySchema },
  'command.cancel-all': { stream: 'command', schema: command.cancelAllSchema },
  'command.query': { stream: 'command', schema: command.querySchema },
  'command.answer': { stream: 'answer', schema: command.answerSchema },
  'account.fill': { stream: 'account', schema: account.fillEventSchema },
  'account.balance': { stream: 'account', schema: account.balanceEventSchema },
  'account.venue-position': { stream: 'account', schema: account.venuePositionEventSchema },
  'position.changed': { stream: 'position', schema: account.positionEventSchema },
  'position.balance': { stream: 'position', schema: account.ledgerBalanceEventSchema },
  'ledger.positions': { stream: 'ledger', schema: account.ledgerEventSchema },
  'market.ticker': { stream: 'ticker', schema: market.tickerSchema },
  'market.depth': { stream: 'depth', schema: market.depthSchema },
  'market.trade': { stream: 'trade', schema: market.publicTradeSchema },
  'market.mark': { stream: 'mark', schema: market.markSchema },
  'market.instrument': { stream: 'instrument', schema: market.instrumentSchema },
  'venue.event': { stream: 'venue', schema: market.venueEventSchema },
  'engine.state': { stream: 'engine', schema: control.engineStateSchema },
  'engine.reconciliation': { stream: 'engine', schema: reconciliation.reconciliationSchema },
  heartbeat: { stream: 'hb', schema: control.heartbeatSchema },
  marker: { stream: '*', schema: control.markerSchema },
  'epoch-end': { stream: '*', schema: control.epochEndSchema },
  'service.hello': { stream: 'service', schema: service.helloSchema },
  'service.hello-ok': { stream: 'service', schema: service.helloOkSchema },
  'service.snapshot-request': { stream: 'service', schema: service.snapshotRequestSchema },
  'service.snapshot': { stream: 'service', schema: service.snapshotSchema },
  'service.replay-request': { stream: 'service', schema: service.replayRequestSchema },
  'service.replay': { stream: 'service', schema: service.replaySchema },
  'service.acknowledge': { stream: 'service', schema: service.acknowledgeSchema },
  'service.ping': { stream: 'service', schema: service.pingSchema },
  'service.pong': { stream: 'service', schema: service.pongSchema },
  'service.control': { stream: 'service', schema: service.controlRequestSchema },
  'service.reconcile': { stream: 'service', schema: reconciliation.reconcileRequestSchema },
  'service.reconciliation': { stream: 'service', schema: reconciliation.reconciliationSchema },
  'service.retire-consumer': { stream: 'service', schema: reconciliation.retireConsumerSchema },
  'service.settle-order': { stream: 'service', schema: service.settleOrderSchema },
  'service.query-order': { stream: 'service', schema: service.queryOrderSchema },
  'service.order': { stream: 'service', schema: service.queryOrderReplySchema },
  'service.query-account': { stream: 'service', schema: service.queryAccountSchema },
  'service.account': { stream: 'service', schema: service.queryAccountReplySchema },
  'service.ok': { stream: 'service', schema: service.okSchema },
  'service.error': { stream: 'service', schema: service.errorSchema },
} as const;

export type MessageType = keyof typeof CATALOG;
/** `data` of a message type, after validation (defaults applied). */
export type MessageData<T extends MessageType> = z.infer<(typeof CATALOG)[T]['schema']>;
/** `data` as a sender may give it (defaults may be left out). */
export type MessageInput<T extends MessageType> = z.input<(typeof CATALOG)[T]['schema']>;
