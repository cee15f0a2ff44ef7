/** Every kind of fault: what it is, and how it strikes a simulated desk. What a strike does in detail is drawn from the event's own stream. */
import { crash } from '../scenario/crashes.ts';
import { DESK_KINDS } from './desk-kinds.ts';
import { fill, refuseWrites, slow, slowSync, tearNextAppend } from './disk-trouble.ts';
import type { FaultEvent } from './fault-event.ts';
import type { Kind } from './kind.ts';
import type { Scene } from './scene.ts';

const MS = 1_000;
const SECOND = 1_000_000;
const ORDER_PATH = '/fapi/v1/order';
const BATCH_PATH = '/fapi/v1/batchOrders';
/** What does the same over the WebSocket API. */
const FRAMES: Readonly<Record<string, string>> = {
  [`POST ${ORDER_PATH}`]: 'order.place',
  [`PUT ${ORDER_PATH}`]: 'order.modify',
  [`DELETE ${ORDER_PATH}`]: 'order.cancel',
};
const QUERY_PATHS = [
  '/fapi/v3/positionRisk',
  '/fapi/v2/positionRisk',
  '/fapi/v1/openOrders',
  '/fapi/v1/openAlgoOrders',
  '/fapi/v1/userTrades',
  '/fapi/v1/allOrders',
  '/fapi/v3/balance',
  '/fapi/v2/balance',
  '/fapi/v3/account',
  ORDER_PATH,
] as const;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const;

function crashOf(doc: string, who: string | undefined, atCall: boolean): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const random = scene.random(event);
      const process = who === undefined ? random.pick(scene.mortals) : scene.process(who);
      if (!process.alive) return undefined;
      const call = { number: 1 + random.below(80), side: random.chance(0.5) ? 'before' : 'after' } as const;
      const inFlight = random.chance(0.5) ? 'deliver' : 'lose';
      const undo = crash(scene.desk, process, {
        atUs: scene.nowUs,
        downUs: random.below(3 * SECOND),
        kill: { inFlight },
        ...(atCall && { call }),
      });
      scene.crashes++;
      return {
        what: `${process.incarnation.name} dies${atCall ? ` ${call.side} its port call ${call.number} from now` : ''}, in flight: ${inFlight}`,
        // Whoever has not made so many calls when all heals lives on.
        ...(atCall && { undo }),
      };
    },
  };
}

function requestFault(doc: string, kinds: readonly string[], methods: readonly string[], delayMs?: readonly [number, number]): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const random = scene.random(event);
      const kind = random.pick(kinds);
      const method = random.pick(methods);
      const isAboutKey = method === 'POST' && random.chance(0.25);
      const path = method === 'GET' ? random.pick(QUERY_PATHS) : isAboutKey ? '/fapi/v1/listenKey' : ORDER_PATH;
      const count = 1 + random.below(method === 'GET' ? 12 : 3);
      const params = { kind, method, path, count, ...(delayMs && { delayMs: random.between(delayMs[0], delayMs[1]) }) };
      scene.venue('POST', 'faults', params);
      const frame = FRAMES[`${method} ${path}`];
      if (frame !== undefined && scene.desk.plan.engine.ORDER_MANAGEMENT.ORDER_TRANSPORT !== 'rest')
        scene.venue('POST', 'faults', { ...params, method: 'WS', path: frame });
      if (method === 'POST' && path === ORDER_PATH) scene.venue('POST', 'faults', { ...params, path: BATCH_PATH });
      return { what: `the venue answers the next ${count} ${method} ${path} with ${kind}` };
    },
  };
}

function eventFault(doc: string, kind: string, delayMs?: readonly [number, number]): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const random = scene.random(event);
      const count = 1 + random.below(2);
      const name = random.pick(['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']);
      const delay = delayMs && { delayMs: random.between(delayMs[0], delayMs[1]) };
      scene.venue('POST', 'faults', { kind, event: name, account: scene.account, count, ...delay });
      return { what: `${kind} strikes the next ${count} ${name}` };
    },
  };
}

function socketDrill(doc: string, action: string): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const isPrivate = scene.random(event).chance(0.7);
      scene.venue('POST', 'sockets', { action, ...(isPrivate && { account: scene.account }) });
      return { what: `${action} of ${isPrivate ? 'the private stream' : 'all streams'}` };
    },
  };
}

/** A fault on the links between two processes that share a bus, in one direction or both. */
function linkFault(doc: string, fault: (scene: Scene, event: FaultEvent) => { lose?: number; double?: number; delayUs?: number }): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const random = scene.random(event);
      const links = scene.someLinks(random);
      const drawn = fault(scene, event);
      for (const link of links) scene.links.add(link, drawn);
      const undo = (): void => {
        for (const link of links) scene.links.remove(link, drawn);
      };
      return { what: `${links.map(({ from, to }) => `${from} → ${to}`).join(', ')}: ${JSON.stringify(drawn)}`, undo };
    },
  };
}

function diskFault(doc: string, code: 'full' | 'read-only' | 'failed'): Kind {
  return {
    doc,
    strike: (scene, event) => {
      const random = scene.random(event);
      const process = random.pick(scene.writers);
      scene.diskTroubled.add(process.name);
      const disk = scene.disk(process);
      const room = random.below(4_000);
      const undo = code === 'full' ? fill(disk, room) : refuseWrites(disk, code);
      return { what: `the disk of ${process.name} is ${code === 'full' ? `full after ${room} bytes` : code}`, undo };
    },
  };
}

export const KINDS = {
  'crash-engine': crashOf('kill -9 of the engine between two events, and a restart with its files', 'trading-engine', false),
  'crash-trader': crashOf('kill -9 of the first trader', 'trader', false),
  'crash-position-server': crashOf('kill -9 of the position-server', 'position-server', false),
  'crash-market-server': crashOf('kill -9 of the market-server', 'market-server', false),
  'crash-engine-at-call': crashOf('the engine dies before or after one of its port calls', 'trading-engine', true),
  'crash-at-call': crashOf('any process dies before or after one of its port calls', undefined, true),
  'torn-write': {
    doc: 'a process dies in an append, of which only a part is on disk',
    strike: (scene, event) => {
      const random = scene.random(event);
      const process = random.pick(scene.writers);
      if (!process.alive) return undefined;
      const die = (): void => {
        process.kill();
        scene.crashes++;
        scene.world.kernel.at(scene.nowUs + random.below(2 * SECOND), 'restart', undefined, () => {
          if (!process.alive) process.restart();
        });
      };
      return {
        what: `${process.incarnation.name} dies in its next append`,
        undo: tearNextAppend(scene.disk(process), process, random, die),
      };
    },
  },
  'power-cut': {
    doc: 'the power of the engine is cut: its disk loses what was not synced (seeds with JOURNAL_SYNC=full)',
    strike: (scene, event) => {
      const { engine, plan } = scene.desk;
      if (!engine.alive || plan.engine.JOURNAL.JOURNAL_SYNC !== 'full') return undefined;
      const random = scene.random(event);
      const atUs = scene.nowUs + random.below(SECOND);
      // A slow sync before it: there is something to lose.
      const undo = slowSync(scene.disk(engine), random.between(5 * MS, 60 * MS));
      scene.world.kernel.at(atUs, 'power cut', undefined, () => {
        undo();
        if (!engine.alive) return;
        scene.crashes++;
        scene.cutPower(engine, random);
        scene.world.kernel.at(scene.nowUs + random.between(500 * MS, 3 * SECOND), 'power is back', undefined, () => {
          if (!engine.alive) engine.restart();
        });
      });
      return { what: `${engine.name} loses its power at ${atUs} µs`, undo };
    },
  },
  'disk-slow': {
    doc: 'each disk operation of a process takes up to some ms, and its loop waits',
    strike: (scene, event) => {
      const random = scene.random(event);
      const process = random.pick(scene.writers);
      const mostUs = random.between(MS, 30 * MS);
      return { what: `the disk of ${process.name} takes up to ${mostUs} µs`, undo: slow(scene.disk(process), mostUs, random) };
    },
  },
  'disk-full': diskFault('the disk of a process has no room left', 'full'),
  'disk-read-only': diskFault('the disk of a process refuses to be written', 'read-only'),
  'loop-stall': {
    doc: 'the event loop of a process stands still',
    strike: (scene, event) => {
      const random = scene.random(event);
      const process = random.pick(scene.mortals);
      const us = random.between(50 * MS, 3 * SECOND);
      if (!process.alive) return undefined;
      process.incarnation.pause(us);
      return { what: `${process.name} stands still for ${us} µs` };
    },
  },
  'clock-step': {
    doc: 'the wall clock of the desk steps by up to 5 s, the clock of the venue does not',
    strike: (scene, event) => {
      const random = scene.random(event);
      const machine = scene.desk.engine.machine;
      machine.wallOffsetUs = random.between(-5 * SECOND, 5 * SECOND);
      const undo = (): void => {
        machine.wallOffsetUs = 0;
      };
      return { what: `the wall clock is ${machine.wallOffsetUs} µs off`, undo };
    },
  },
  'bus-loss': linkFault('frames of the bus get lost', (scene, event) => ({ lose: 0.01 + scene.random(event).float() * 0.3 })),
  'bus-duplicate': linkFault('frames of the bus come twice', (scene, event) => ({ double: 0.05 + scene.random(event).float() * 0.5 })),
  'link-delay': linkFault('links are slow, so that what two publishers say overtakes', (scene, event) => ({
    delayUs: scene.random(event).between(MS, 800 * MS),
  })),
  partition: {
    doc: 'nothing passes between two processes, in both directions',
    strike: (scene, event) => {
      const random = scene.random(event);
      const [left, right] = scene.somePair(random);
      scene.world.network.partition([left], [right]);
      const links = [scene.world.network.link(left, right), scene.world.network.link(right, left)];
      const undo = (): void => {
        for (const link of links) link.heal();
      };
      return { what: `nothing passes between ${left} and ${right}`, undo };
    },
  },
  'half-open': {
    doc: 'connections to the venue look alive and carry nothing',
    strike: (scene, event) => {
      const random = scene.random(event);
      const from = random.pick(['trading-engine', 'market-server']);
      const ends = scene.world.network.connections(from, 'exchange').filter(() => random.chance(0.7));
      for (const end of ends) end.sever();
      const undo = (): void => {
        for (const end of ends) end.lose();
      };
      return ends.length === 0 ? undefined : { what: `${ends.length} connections of ${from} to the venue are half open`, undo };
    },
  },
  'reply-lost': requestFault(
    'the venue cuts the connection instead of answering, before or after it executed',
    ['executed-reply-lost', 'not-executed-reply-lost'],
    ['POST', 'POST', 'DELETE', 'PUT'],
  ),
  'reply-timeout': requestFault(
    '-1007 and HTTP 408, executed or not',
    ['timeout-executed', 'timeout-not-executed', 'request-timeout-executed', 'request-timeout-not-executed'],
    ['POST', 'POST', 'DELETE', 'PUT'],
  ),
  'reply-5xx': requestFault(
    '-1006-like 503, 502 and 504, executed or not',
    [
      'unknown-executed',
      'unknown-not-executed',
      'gateway-timeout-executed',
      'gateway-timeout-not-executed',
      'bad-gateway-executed',
      'bad-gateway-not-executed',
    ],
    ['POST', 'POST', 'DELETE', 'PUT'],
  ),
  'late-execution': requestFault('a 503 of unknown outcome, and the order executes later', ['late-execution'], ['POST'], [200, 9_000]),
  'garbled-reply': requestFault(
    'empty, cut or invalid bodies',
    ['empty-body', 'invalid-json', 'truncated'],
    ['POST', 'POST', 'DELETE', 'PUT', 'GET'],
  ),
  refusal: requestFault(
    'the venue refuses for reasons of its own: overload, maintenance, clock, forbidden',
    ['service-unavailable', 'internal-error', 'throttled', 'maintenance', 'clock-skew', 'forbidden'],
    ['POST', 'POST', 'DELETE', 'PUT', 'GET'],
  ),
  'query-fails': requestFault(
    'questions about the account fail',
    ['internal-error', 'timeout-not-executed', 'gateway-timeout-not-executed', 'executed-reply-lost', 'invalid-json', 'truncated'],
    ['GET'],
  ),
  'slow-reply': requestFault(
    'the venue answers late, so that the stream is first',
    ['delay', 'delay-before'],
    ['POST', 'POST', 'DELETE', 'PUT', 'GET'],
    [5, 4_000],
  ),
  'rate-limit': requestFault('HTTP 429', ['rate-limit'], ['POST', 'DELETE', 'GET']),
  ban: requestFault('HTTP 418: the address is banned for two minutes', ['ban'], ['POST', 'GET']),
  'event-drop': eventFault('single user events never come', 'event-drop'),
  'event-duplicate': eventFault('single user events come twice', 'event-duplicate'),
  'event-delay': eventFault('single user events come late, so that the answer is first', 'event-delay', [5, 3_000]),
  'silent-stream': {
    doc: 'the private stream says nothing, its pings go on',
    strike: (scene) => {
      scene.venue('POST', 'faults', { kind: 'event-drop', account: scene.account });
      return { what: 'every user event is dropped until faults heal' };
    },
  },
  'listen-key-expired': {
    doc: 'the venue ends the listen key',
    strike: (scene) => {
      scene.venue('POST', 'listen-keys', { account: scene.account });
      return { what: 'the listen key is expired' };
    },
  },
  'socket-cut': socketDrill('the venue cuts streams without a closing handshake', 'cut'),
  'socket-close': socketDrill('the venue closes streams as it goes away', 'close'),
  'socket-silence': socketDrill('streams are half open: no frames, no pongs, no end', 'silence'),
  'ping-flood': socketDrill('a hundred pings at once', 'ping-flood'),
  'hand-order': {
    doc: 'somebody places an order by hand on the account of the engine',
    strike: (scene, event) => {
      const random = scene.random(event);
      const symbol = random.pick(SYMBOLS);
      const side = random.pick(['BUY', 'SELL']);
      const price = symbol === 'BTCUSDT' ? (side === 'BUY' ? '90000' : '94000') : side === 'BUY' ? '3000' : '3200';
      scene.venue('POST', 'orders', { symbol, side, price, quantity: symbol === 'BTCUSDT' ? '0.002' : '0.05', account: scene.account });
      return { what: `an order by hand: ${side} ${symbol} at ${price}` };
    },
  },
  'hand-trade': {
    doc: 'somebody trades by hand on the account of the engine',
    strike: (scene, event) => {
      const random = scene.random(event);
      const symbol = random.pick(SYMBOLS);
      const side = random.pick(['BUY', 'SELL']);
      scene.venue('POST', 'trades', { symbol, side, quantity: symbol === 'BTCUSDT' ? '0.003' : '0.07', account: scene.account });
      return { what: `a trade by hand: ${side} ${symbol}` };
    },
  },
  'hand-cancel': {
    doc: 'somebody cancels all orders of the account on a symbol by hand',
    strike: (scene, event) => {
      const symbol = scene.random(event).pick(SYMBOLS);
      scene.venue('DELETE', 'orders', { symbol, account: scene.account });
      return { what: `all orders of ${symbol} are cancelled by hand` };
    },
  },
  money: {
    doc: 'a deposit, a withdrawal, or funding out of turn',
    strike: (scene, event) => {
      const random = scene.random(event);
      const symbol = random.pick(SYMBOLS);
      if (random.chance(0.5)) scene.venue('POST', 'funding', { symbol, rate: '0.0001' });
      else scene.venue('POST', 'deposit', { account: scene.account, amount: random.between(-500, 500) });
      return { what: 'money moves' };
    },
  },
  ...DESK_KINDS,
  'symbol-halt': {
    doc: 'the venue stops trading in one symbol for a while: orders stay, new and changed ones are refused',
    strike: (scene, event) => {
      const symbol = scene.random(event).pick(SYMBOLS);
      const become = (status: string): void => scene.venue('POST', 'status', { symbol, status });
      become('TRADING_HALT');
      return { what: `${symbol} is halted`, undo: () => become('TRADING') };
    },
  },
  burst: {
    doc: 'a third trader places many orders at once, with copies',
    strike: (scene, event) => {
      const random = scene.random(event);
      const count = random.between(4, 20);
      scene.burst(count, random);
      return { what: `${count} orders at once` };
    },
  },
  'batch-half-refused': {
    doc: 'the venue refuses every second order of a batch for no reason of its own',
    strike: (scene, event) => {
      const count = 1 + scene.random(event).below(4);
      scene.venue('POST', 'faults', { kind: 'batch-half-refused', method: 'POST', path: BATCH_PATH, count });
      return { what: `every second order of the next ${count} batches is refused` };
    },
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** After these nothing is lost or unknown: the new stream and the first answers bring everything, long before the regular comparisons. */
const QUICKLY_SETTLED: readonly string[] = [
  ...['socket-cut', 'socket-close', 'listen-key-expired', 'ping-flood', 'slow-reply', 'event-duplicate'],
  ...['hand-trade', 'hand-order', 'hand-cancel', 'bus-duplicate', 'link-delay'],
];

export function settlesQuickly(kind: string): boolean {
  return QUICKLY_SETTLED.includes(kind);
}

export type FaultKindName = keyof typeof KINDS;
export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKindName[];

export function isFaultKindName(text: string): text is FaultKindName {
  return Object.hasOwn(KINDS, text);
}
