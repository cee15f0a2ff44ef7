/** Somebody falls silent: the engine, a trader, one connection of the private stream. Real processes, real sockets. */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilAgreed } from '../_stack/agreement.ts';
import { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, type ProcessName, Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';

const BACK_MS = 45_000;
const COUNTDOWN_MS = 5_000;
const SILENCE_MS = 3_000;
/** Some tenths of a second. */
const LOOKS = 100;
jest.setTimeout(120_000);

let stack: Stack;
let questions: Questions;
/** In front of the private stream, one for each of its connections. */
let links: readonly Link[];

/** Passes bytes on, until it is cut. */
class Link {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor(port: number, target: number) {
    this.#server = net.createServer((near) => {
      const far = net.connect(target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
    this.#server.listen(port, '127.0.0.1');
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

beforeAll(async () => {
  stack = await Stack.create();
  const ports = [stack.freePort(), stack.freePort()];
  links = ports.map((port) => new Link(port, stack.port(5080)));
  stack.onDispose(() => {
    for (const link of links) link.close();
  });
  const [first, second] = ports.map((port) => `ws://127.0.0.1:${port}/private`);
  stack.change('trading-engine', {
    WEBSOCKET: { WS_PRIVATE_URL: first ?? '', WS_PRIVATE_BACKUP_URL: second ?? '' },
    PERFORMANCE: { WEBSOCKET_POOL_SIZE: '2' },
    RISK_MANAGEMENT: {
      DEAD_MAN_COUNTDOWN_MS: String(COUNTDOWN_MS),
      DEAD_MAN_REFRESH_MS: '1000',
      TRADER_SILENCE_MS: String(SILENCE_MS),
      TRADER_SILENCE_POLICY: 'cancel',
    },
  });
  await stack.launchReady(...PROCESS_NAMES);
  questions = new Questions(stack);
});

afterAll(() => stack?.dispose());

async function openOrders(): Promise<number> {
  return (await stack.venue.account()).openOrders.length;
}

async function quoting(): Promise<void> {
  await until('the trader has orders at the exchange', async () => (await openOrders()) > 0, {
    withinMs: BACK_MS,
    describe: async () => `${JSON.stringify(await stack.health('trader'))}\n${stack.logTail('trading-engine')}`,
  });
}

async function flow(state: 'on' | 'off'): Promise<void> {
  await stack.venue.control('POST', 'flow', { state });
}

/** Symbols on which the exchange, by its own log, was last told to count down. */
function woundSymbols(): ReadonlySet<string> {
  const wound = new Set<string>();
  for (const { type, path, status, query } of stack.venue.log()) {
    if (type !== 'request' || path !== '/fapi/v1/countdownCancelAll' || status !== 200) continue;
    const word = new URLSearchParams(query);
    if (word.get('countdownTime') === '0') wound.delete(word.get('symbol') ?? '');
    else wound.add(word.get('symbol') ?? '');
  }
  return wound;
}

/**
 * Stops a process in a moment in which orders are open, and the market with it: they would fill, and nobody would have anything to watch. An
 * engine in one in which the switch is wound up for each of them: where an order was the first of its symbol, nobody would do that any more.
 */
async function standStill(name: ProcessName): Promise<void> {
  const child = stack.child(name);
  await until(
    `${name} stands still with open orders`,
    async () => {
      await flow('off');
      child.signal('SIGSTOP');
      let symbols: readonly string[] = [];
      // What was on its way arrives first.
      for (let look = 0; look < LOOKS; look += 1) {
        symbols = (await stack.venue.account()).openOrders.map(({ symbol }) => symbol);
        if (symbols.length === 0) break;
      }
      const wound = woundSymbols();
      if (symbols.length > 0 && (name !== 'trading-engine' || symbols.every((symbol) => wound.has(symbol)))) return true;
      child.signal('SIGCONT');
      await flow('on');
      return false;
    },
    { withinMs: BACK_MS },
  );
}

describe('a private stream over two connections', () => {
  it('has no outage when one is cut, and has two again', async () => {
    await quoting();
    await until('both connections stand', () => links.every(({ connections }) => connections === 1), { withinMs: BACK_MS });
    const recoveries = stack.log('trading-engine').filter(({ event }) => event === 'recovery-started').length;
    // Both have been heard since they stand: an event, or a ping.
    await until('an event came', async () => (await stack.venue.account()).ordersAccepted > 4, { withinMs: BACK_MS });
    links[0]?.cut();
    const lost = () => stack.log('trading-engine').some(({ event }) => event === 'private-connection-lost');
    await until('it was replaced', () => lost() && links[0]?.connections === 1, { withinMs: BACK_MS });

    const log = stack.log('trading-engine');
    expect(log.filter(({ event }) => event === 'private-stream-down')).toEqual([]);
    expect(log.filter(({ event }) => event === 'recovery-started').length).toBe(recoveries);
  });
});

describe('a trader that stands still', () => {
  it('has its orders cancelled by the engine, which goes on; a new one trades', async () => {
    await quoting();
    await standStill('trader');
    const silentTraders = async () => String((await stack.health('trading-engine')).silentTraders);
    await until('the engine misses it', async () => (await silentTraders()).endsWith(': cancel'), { withinMs: BACK_MS });
    await until('nothing of it is open at the exchange', async () => (await openOrders()) === 0, {
      withinMs: BACK_MS,
      describe: () => stack.logTail('trading-engine'),
    });
    await stack.ready('trading-engine', BACK_MS);
    expect((await stack.health('trading-engine')).silentTraders).toEqual([expect.stringContaining('cancel')]);
    await until('it says so', () => stack.log('trading-engine').some(({ code }) => code === 'ENG_TRADER_SILENT'), { withinMs: BACK_MS });

    await flow('on');
    await stack.kill('trader');
    stack.launch('trader');
    await quoting();
    await until('it is heard again', async () => (await silentTraders()) === '', { withinMs: BACK_MS });
  });
});

describe('an engine that stands still', () => {
  it('has its orders cancelled by the exchange, and knows of it when it goes on', async () => {
    await quoting();
    const facts = async () => (await stack.health('trading-engine')).deadMan as { readonly wound: readonly string[] };
    await until('the switch is wound up', async () => (await facts()).wound.length > 0, { withinMs: BACK_MS });
    await standStill('trading-engine');
    await until('nothing is open at the exchange', async () => (await openOrders()) === 0, { withinMs: BACK_MS });
    await flow('on');
    stack.child('trading-engine').signal('SIGCONT');
    await stack.ready('trading-engine', BACK_MS);
    await quoting();

    await questions.control('trader', 'pause');
    await flow('off');
    await untilAgreed(stack, questions, BACK_MS);
  });
});
