/** What the desk in containers survives: every container killed, networks cut, a newer image, a lost volume, forged and repeated commands. */

import { composeClientOrderId, parseOwnerTag } from '@fillwright/domain';
import { accountTopic, type CommandAnswer, encodeEnvelope, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import { createMetrics, createSystemClock, type Log, MessageTap, type PublisherSocket, Sender } from '@fillwright/runtime';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { epochNow, until } from '../_stack/wait.ts';
import { Desk, HEALTHY_MS, SERVICES } from './_desk.ts';
import { docker, IMAGE, run, whySkipped } from './_docker.ts';

jest.setTimeout(300_000);

const skipped = whySkipped('all');
const DESK = SERVICES.filter((name) => name !== 'exchange-simulator');
const DESK_WITHOUT_TRADER = SERVICES.filter((name) => name !== 'trader');
const NEWER = `${IMAGE}-newer`;
/** A real release to go to and back from; without it, the same one under another name. */
const OTHER = process.env.FILLWRIGHT_OTHER_IMAGE;
const GATEWAY = '10.213.7.1';
/** The engine finds its trader on this machine, where the test binds with the trader's key. */
const OWN_TRADER = `
services:
  trading-engine: {extra_hosts: ["trader:${GATEWAY}"]}
networks:
  desk: {ipam: {config: [{subnet: 10.213.7.0/24, gateway: ${GATEWAY}}]}}
`;
/** Longer than a heartbeat may fail: the cut is noticed. */
const CUT_MS = 8_000;

if (skipped !== undefined) it.skip(`the desk in containers under havoc (skipped: ${skipped})`, () => {});
else {
  describe('the desk in containers', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = new Desk();
      await desk.up();
      await desk.trading(5);
    });
    afterAll(async () => {
      await desk?.dispose();
      run('docker', ['rmi', '--force', NEWER]);
    });

    async function sound(): Promise<void> {
      await desk.healthy();
      await desk.trading(3);
      await desk.agree();
    }

    it.each(DESK)('goes on after kill -9 of the %s', async (name) => {
      desk.kill(name);
      desk.start(name);
      await sound();
    });

    it('comes back by itself when a process dies', async () => {
      const before = desk.inspect('position-server', '{{.State.StartedAt}}');
      // From outside of its world: what Docker itself kills it does not start again.
      process.kill(Number(desk.inspect('position-server', '{{.State.Pid}}')), 'SIGKILL');
      await until(
        'it was started anew',
        () => desk.inspect('position-server', '{{.State.StartedAt}} {{.State.Running}}') !== `${before} true`,
      );
      await sound();
    });

    it('believes an exchange that was killed and forgot everything, and says what it gave up', async () => {
      await until('a position', async () => (await desk.engineAccount()).positions.some(({ qty }) => Number(qty) !== 0));
      desk.kill('exchange-simulator');
      desk.start('exchange-simulator');
      await desk.healthy(['exchange-simulator']);
      await until('the engine gave up its positions', () => desk.logFile('trading-engine').includes('"event":"position-repaired"'), {
        withinMs: HEALTHY_MS,
        everyMs: 500,
        describe: () => desk.logs('trading-engine'),
      });
      await sound();
    });

    it('goes on after kill -9 of the whole desk at once', async () => {
      desk.kill(...DESK);
      desk.start(...DESK);
      await sound();
    });

    it.each(['exchange-simulator', 'trader'] as const)('heals when the network between engine and %s was cut', async (other) => {
      const heal = desk.cut('trading-engine', other);
      const startedMs = performance.now();
      // With few requests under way, only the silent stream gives the exchange away: that takes a ping and its time-out.
      await until(
        'the cut was noticed',
        async () => {
          const isNoticed = !(await desk.health('trading-engine')).ready || !(await desk.health('trader')).ready;
          return isNoticed && performance.now() - startedMs > CUT_MS;
        },
        { withinMs: HEALTHY_MS },
      );
      heal();
      await sound();
    });

    it('is upgraded and rolled back, engine first, with orders open and a position held', async () => {
      const { venue } = desk;
      if (OTHER === undefined)
        expect(run('docker', ['build', '-q', '-t', NEWER, '-'], { input: `FROM ${IMAGE}\nLABEL newer=yes\n` }).status).toBe(0);
      for (const image of [OTHER ?? NEWER, IMAGE]) {
        desk.image = image;
        for (const names of [['trading-engine'], ['market-server', 'position-server', 'trader']] as const) {
          await until('a position and open orders', async () => {
            const { positions, openOrders } = await venue.account();
            return positions.some(({ positionAmt }) => Number(positionAmt) !== 0) && openOrders.length > 0;
          });
          expect(desk.compose('up', '-d', '--no-deps', ...names).status).toBe(0);
          for (const name of names) expect(desk.inspect(name, '{{.Config.Image}}')).toBe(image);
          await sound();
        }
      }
    });
  });

  describe('an engine whose volume was lost', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = new Desk();
      await desk.up();
      await desk.trading(10);
    });
    afterAll(() => desk?.dispose());

    it('takes over what is at the exchange, and whoever needs its past says so', async () => {
      // So that the new journal stays shorter than what the ledger has booked.
      await desk.control('trader', 'pause');
      desk.compose('stop', 'trading-engine');
      desk.compose('rm', '-f', 'trading-engine');
      docker('volume', 'rm', `${desk.project}_data-trading-engine`);
      desk.compose('up', '-d', '--no-deps', 'trading-engine');
      await until(
        'the engine knows the positions of the exchange',
        async () => {
          const [{ positions }, engine] = [await desk.venue.account(), await desk.engineAccount()];
          const held = positions.filter(({ positionAmt }) => Number(positionAmt) !== 0).length;
          return engine.unknownOrders === 0 && engine.positions.length === held;
        },
        { withinMs: 60_000, everyMs: 500, describe: () => desk.logs('trading-engine') },
      );
      // The ledger remembers positions of the journal that is gone: it must not go on as if nothing were.
      const { reasons } = await until(
        'the position-server says what is wrong',
        async () => {
          const health = await desk.health('position-server');
          return health.ready || !health.reasons.join().includes('POS_') ? undefined : health;
        },
        { withinMs: 30_000, describe: () => desk.logs('position-server') },
      );
      expect(reasons).toEqual([expect.stringMatching(/^POS_JOURNAL_BEHIND: .*move the file away/)]);
    });
  });

  describe('commands on the desk', () => {
    let desk: Desk;
    let trader: Impostor;
    beforeAll(async () => {
      desk = new Desk([OWN_TRADER]);
      await desk.up(DESK_WITHOUT_TRADER);
      trader = await Impostor.start(desk);
    });
    afterAll(async () => {
      await trader?.close();
      await desk?.dispose();
    });

    it('are executed once, however often they are repeated', async () => {
      const id = trader.nextId();
      const command = trader.order(id);
      for (let copy = 0; copy < 5; copy += 1) trader.publish('command.place', command, id);
      const answers = await until('five answers', () => trader.answersTo(id).length >= 5 && trader.answersTo(id));
      expect(answers.map(({ verdict }) => verdict)).toEqual(['accepted', 'known', 'known', 'known', 'known']);
      const { openOrders } = await desk.venue.account();
      expect(openOrders.filter(({ clientOrderId }) => clientOrderId === id)).toHaveLength(1);
    });

    it.each([
      ['of an earlier engine', { engineEpoch: 1 }, 'fenced'],
      ['past their deadline', { deadlineTs: 1_700_000_000_000_000 }, 'deadline'],
    ] as const)('%s are denied for good', async (_what, change, code) => {
      const id = trader.nextId();
      trader.publish('command.place', { ...trader.order(id), ...change } as MessageInput<'command.place'>, id);
      const [answer] = await until('an answer', () => trader.answersTo(id).length > 0 && trader.answersTo(id));
      expect(answer?.verdict).toBe('denied');
      expect(JSON.stringify(answer?.reason).toLowerCase()).toContain(code);
    });

    it.each([
      // Another stream than `command.` is not even subscribed; so it hides behind that topic.
      ['with a forged topic', 'fillwright_bus_malformed_total', { topic: accountTopic('order', 'BINANCE', 'main') }],
      ['in the name of another process', 'fillwright_bus_refused_total{reason="other-sender"}', { src: 'trader2' }],
      ['with the tag of another owner', 'fillwright_bus_refused_total{reason="other-owner"}', { owner: 'q2' }],
    ] as const)('%s are dropped and counted', async (_what, counter, forged) => {
      const refused = (): Promise<number> => desk.metric('trading-engine', counter);
      const before = await refused();
      const id = trader.nextId();
      await until('the refusal is counted', async () => {
        trader.publish('command.place', trader.order(id), id, forged);
        return (await refused()) > before;
      });
      expect(trader.answersTo(id)).toEqual([]);
      expect((await desk.venue.account()).openOrders.filter(({ clientOrderId }) => clientOrderId === id)).toEqual([]);
    });
  });
}

const COMMANDS = accountTopic('command', 'BINANCE', 'main');

interface Forged {
  readonly topic?: string;
  readonly src?: string;
  readonly owner?: string;
}

/** Speaks with the trader's key, from the trader's place. */
class Impostor {
  readonly #sender: Sender;
  readonly #publisher: PublisherSocket;
  readonly #close: () => Promise<void>;
  readonly #answers = new Map<string, CommandAnswer[]>();
  #engineEpoch = 0;
  #seq = 0;
  #ids = 0;

  static async start(desk: Desk): Promise<Impostor> {
    const bus = desk.bus(desk.key('trader'));
    const publisher = await bus.bindPublisher(`tcp://${GATEWAY}:7003`);
    const impostor = new Impostor(publisher, () => bus.close());
    const silent = (): void => {};
    const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
    new MessageTap(
      { bus, log, metrics: createMetrics() },
      {
        name: 'night',
        endpoints: [desk.endpoint('trading-engine', 6002)],
        prefixes: ['answer.'],
        onMessage: (message) => impostor.#hear(message),
      },
    );
    impostor.#engineEpoch = (await desk.ask('trading-engine', 'service.ping', {}, 'service.pong')).epoch;
    await until(
      'the engine hears the test',
      async () => {
        const id = impostor.nextId();
        impostor.publish('command.query', { clientOrderId: id }, id);
        return await until('an answer', () => impostor.answersTo(id).length > 0, { withinMs: 300 });
      },
      { withinMs: 60_000, describe: () => desk.logs('trading-engine') },
    );
    return impostor;
  }

  private constructor(publisher: PublisherSocket, close: () => Promise<void>) {
    this.#sender = new Sender({ src: 'trader', exchange: 'BINANCE', account: 'main', epoch: epochNow() }, createSystemClock());
    this.#publisher = publisher;
    this.#close = close;
  }

  nextId(): ReturnType<typeof composeClientOrderId> {
    this.#ids += 1;
    return composeClientOrderId(parseOwnerTag('q1'), this.#sender.epoch, this.#ids);
  }

  order(clientOrderId: ReturnType<typeof composeClientOrderId>): MessageInput<'command.place'> {
    const terms = { instrument: 'SOLUSDT-PERP.BINANCE', side: 'buy', type: 'limit', timeInForce: 'GTC', qty: '1', price: '150' } as const;
    return {
      owner: 'q1',
      engineEpoch: this.#engineEpoch,
      deadlineTs: (Date.now() + 5_000) * 1_000,
      clientOrderId,
      strategy: 'night',
      ...terms,
    } as MessageInput<'command.place'>;
  }

  publish<T extends MessageType>(type: T, data: MessageInput<T>, id: string, forged: Forged = {}): void {
    this.#seq += 1;
    const topic = forged.topic ?? COMMANDS;
    const owned = forged.owner === undefined ? data : { ...data, owner: forged.owner };
    const envelope = this.#sender.envelope(type, topic, this.#seq, owned, { id });
    this.#publisher.send(COMMANDS, encodeEnvelope(forged.src === undefined ? envelope : { ...envelope, src: forged.src }));
  }

  answersTo(id: string): readonly CommandAnswer[] {
    return this.#answers.get(id) ?? [];
  }

  close(): Promise<void> {
    return this.#close();
  }

  #hear(message: Message): void {
    if (message.type !== 'command.answer') return;
    const { commandId } = message.data;
    this.#answers.set(commandId, [...(this.#answers.get(commandId) ?? []), message.data]);
  }
}
