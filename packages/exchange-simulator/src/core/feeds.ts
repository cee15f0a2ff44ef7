/** Which feed moves a symbol, by its options. */
import { AppError, type Clock, type Disk, type HttpClient, type Log, type WebSocketConnector } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Engine } from '../engine/engine.ts';
import type { Feed, House } from '../flow/feed.ts';
import { Flow } from '../flow/flow.ts';
import type { Market } from '../market/market.ts';
import type { SimulatorOptions } from '../options/options.ts';
import { Paper } from '../paper/paper.ts';
import { Replay } from '../replay/replay.ts';
import { TapeFile } from '../replay/tape-file.ts';

/** What feeds reach outside of the venue with. */
export interface FeedPorts {
  readonly log: Log;
  /** Where recordings are. */
  readonly recordings: Disk;
  /** To the real exchange; only for paper trading. */
  readonly http?: HttpClient;
  readonly webSocket?: WebSocketConnector;
}

export interface FeedInit {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly market: Market;
  readonly house: House<Account>;
  readonly options: SimulatorOptions;
  readonly ports: FeedPorts;
}

/** `undefined` for a quiet symbol. @throws AppError when a recording cannot be read or the venue has no way to the real exchange. */
export function feedOf(init: FeedInit): Feed | undefined {
  const { flow } = init.market.spec.options;
  if (flow === 'none') return undefined;
  if (flow === 'replay') return replayOf(init);
  if (flow === 'paper') return paperOf(init);
  return new Flow({ ...init, seed: init.options.seed, regime: flow });
}

function replayOf(init: FeedInit): Replay {
  const { spec } = init.market;
  const { trades, book, timing = 'start' } = spec.options.replay ?? {};
  if (trades === undefined && book === undefined)
    throw new AppError('XSM_REPLAY_UNREADABLE', `${spec.symbol} has FLOW=replay and no file: set REPLAY_TRADES or REPLAY_BOOK`);
  const { log, recordings } = init.ports;
  const file = (path: string | undefined, what: 'trades' | 'book') => {
    return path === undefined ? undefined : new TapeFile(recordings, path, what, spec);
  };
  return new Replay({ ...init, log, trades: file(trades, 'trades'), book: file(book, 'book'), timing });
}

function paperOf({ ports, options, ...init }: FeedInit): Paper {
  const { log, http, webSocket } = ports;
  const { symbol } = init.market.spec;
  if (http === undefined || webSocket === undefined)
    throw new AppError('XSM_PAPER_UNUSABLE', `${symbol} has FLOW=paper, but the venue was given no connections to a real exchange`);
  if (options.clock.mode !== 'real')
    throw new AppError('XSM_PAPER_UNUSABLE', `${symbol} has FLOW=paper, which goes by the real exchange's time: set CLOCK=real`);
  return new Paper({ ...init, log, http, webSocket, options: options.paper });
}
