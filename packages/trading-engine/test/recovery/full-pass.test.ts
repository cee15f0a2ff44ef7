import { decimal } from '@fillwright/domain';
import type { LedgerEventMessage, ReconciliationMessage } from '@fillwright/messages';
import type { BalanceReport, OrderReport, PositionReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { FullPass } from '../../src/recovery/full-pass.ts';
import { BTC, settle, World } from '../_world.ts';

interface Shown {
  readonly orders?: readonly OrderReport[];
  readonly positions?: readonly PositionReport[];
  readonly balances?: readonly BalanceReport[];
}

class Scene {
  readonly world: World;
  readonly published: ReconciliationMessage[] = [];
  readonly differences: string[] = [];
  readonly unsettled = new Set<string>();
  moneyMoved = 0;
  readonly pass: FullPass;

  constructor(hasLedger = false) {
    const world = new World();
    this.world = world;
    const { options } = world.context;
    const endpoints = { ...options.endpoints, positionServer: hasLedger ? ['tcp://127.0.0.1:7004'] : [] };
    this.pass = new FullPass(
      { ...world.context, options: { ...options, endpoints } },
      {
        inSync: () => world.streamUp,
        isUnsettled: (instrument) => this.unsettled.has(instrument),
        publish: (message) => this.published.push(message),
        onMoneyMoved: () => {
          this.moneyMoved += 1;
        },
        onDifference: (text) => this.differences.push(text),
      },
    );
  }

  run(why = 'test'): void {
    this.world.context.inputs.run(() => this.pass.run(why));
  }

  /** Answers the questions of one look. */
  async look({ orders = [], positions = [], balances = [] }: Shown = {}): Promise<void> {
    await this.world.answer('openOrders', orders);
    await this.world.answer('openAlgoOrders', []);
    await this.world.answer('positions', positions);
    await this.world.answer('balances', balances);
  }

  async looks(count: number, shown: Shown = {}): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      await this.look(shown);
      await this.world.clock.advance(1_000);
    }
  }

  get last(): ReconciliationMessage {
    const message = this.published.at(-1);
    if (!message) throw new Error('nothing was published');
    return message;
  }
}

function wallet(amount: string, world: World): BalanceReport {
  return { asset: 'USDT', wallet: decimal(amount), cause: 'snapshot', venueTs: world.clock.wallUs() };
}

describe('a full pass', () => {
  it('publishes equal digests with figures when both sides hold the same', async () => {
    const scene = new Scene();
    const { world } = scene;
    await world.open('q1a');
    world.reports.balance(wallet('1000.50', world));
    world.reports.trade(world.fill(1, '2', { venueOrderId: world.report('q1a').venueOrderId as never }));

    scene.run();
    await scene.look({
      orders: [world.report('q1a', { phase: 'partially-filled', filledQty: world.order('q1a').filledQty })],
      positions: [{ instrument: BTC, qty: decimal(world.qty()), entryPrice: decimal('100'), venueTs: world.clock.wallUs() }],
      balances: [wallet('1000.5', world), { ...wallet('0', world), asset: 'BNB' }],
    });

    expect(scene.last).toMatchObject({ verdict: 'agrees', why: 'test', looks: 1, differences: 0, inDoubt: 0 });
    expect(scene.last.engine).toMatchObject({ positions: 1, balances: 1 });
    expect(scene.last.venue).toEqual(scene.last.engine);
    expect(scene.pass.doubt()).toBeUndefined();
  });

  it('says once, and at the first look, that the wallet is another one: the next event would tell it, and hide that it moved', async () => {
    const scene = new Scene();
    const { world } = scene;
    world.reports.balance(wallet('1000', world));
    scene.run();
    await scene.look({ balances: [wallet('999.9', world)] });
    expect(scene.moneyMoved).toBe(1);
    await world.clock.advance(1_000);
    await scene.look({ balances: [wallet('999.9', world)] });
    await world.clock.advance(1_000);
    world.reports.balance(wallet('999.9', world));
    await scene.look({ balances: [wallet('999.9', world)] });

    expect([scene.moneyMoved, scene.last.verdict]).toEqual([1, 'agrees']);
  });

  it.each<[string, (world: World) => Shown, RegExp]>([
    ['an order that the venue lacks', () => ({}), /^order BTCUSDT-PERP\.BINANCE 9\d\d: engine buy 0 of 1 @ 100, venue nothing$/],
    [
      'an order of another quantity',
      (world) => ({ orders: [world.report('q1a', { terms: { ...world.order('q1a').terms, qty: decimal('2') } })] }),
      /engine buy 0 of 1 @ 100, venue buy 0 of 2 @ 100$/,
    ],
    [
      'an order of which more is filled',
      (world) => ({ orders: [world.report('q1a', { filledQty: decimal('0.4') })] }),
      /engine buy 0 of 1 @ 100, venue buy 0\.4 of 1 @ 100$/,
    ],
    [
      'an order that the engine lacks',
      (world) => ({
        orders: [world.report('q1a'), { ...world.report('q1a'), clientOrderId: 'hand', venueOrderId: '7' as never }],
      }),
      /^order BTCUSDT-PERP\.BINANCE 7: engine nothing, venue buy/,
    ],
    [
      'a position',
      (world) => ({
        orders: [world.report('q1a')],
        positions: [{ instrument: BTC, qty: decimal('-1'), entryPrice: decimal('1'), venueTs: world.clock.wallUs() }],
      }),
      /^position BTCUSDT-PERP\.BINANCE: engine nothing, venue -1$/,
    ],
    [
      'a balance',
      (world) => ({ orders: [world.report('q1a')], balances: [wallet('5', world)] }),
      /^balance USDT: engine nothing, venue 5$/,
    ],
  ])('sees %s, and once it stood lets only orders that reduce pass and asks for a recovery', async (_what, shown, text) => {
    const scene = new Scene();
    const { world } = scene;
    await world.open('q1a');

    scene.run();
    await scene.looks(3, shown(world));
    expect(scene.published).toEqual([]);
    await scene.looks(1, shown(world));

    expect(scene.last).toMatchObject({ verdict: 'differs', looks: 4, firstDifference: expect.stringMatching(text) });
    expect(scene.last.engine?.digest).not.toBe(scene.last.venue?.digest);
    expect(scene.pass.doubt()).toMatchObject({ code: 'BOOKS_DIFFER' });
    expect(scene.differences).toEqual([scene.last.firstDifference]);
  });

  it('trusts the books again when a later pass agrees', async () => {
    const scene = new Scene();
    const { world } = scene;
    scene.run();
    await scene.looks(4, { balances: [wallet('5', world)] });
    world.reports.balance(wallet('5', world));

    await world.clock.advance(30_000);
    await scene.look({ balances: [wallet('5', world)] });

    expect(scene.last.verdict).toBe('agrees');
    expect(scene.pass.doubt()).toBeUndefined();
  });

  it('asks for one recovery only while the same difference stands', async () => {
    const scene = new Scene();
    scene.run();
    await scene.looks(4, { balances: [wallet('5', scene.world)] });
    await scene.world.clock.advance(30_000);
    await scene.looks(4, { balances: [wallet('5', scene.world)] });

    expect(scene.published.map(({ verdict }) => verdict)).toEqual(['differs', 'differs']);
    expect(scene.differences).toHaveLength(1);
  });

  it('calls an account that differs in another way at each look moving, not different', async () => {
    const scene = new Scene();
    scene.run();
    for (let amount = 1; amount <= 8; amount += 1) await scene.looks(1, { balances: [wallet(String(amount), scene.world)] });

    expect(scene.last).toMatchObject({ verdict: 'moving', looks: 8 });
    expect(scene.pass.doubt()).toBeUndefined();
  });

  it('leaves orders without a proven outcome out on both sides, and the position they may have moved', async () => {
    const scene = new Scene();
    const { world } = scene;
    world.place('q1a');
    await world.lastCall('submit').answer({ type: 'unknown', reason: { code: 'NO_ANSWER', text: 'timeout' } });

    scene.run();
    await scene.look({
      orders: [world.report('q1a')],
      positions: [{ instrument: BTC, qty: decimal('1'), entryPrice: decimal('1'), venueTs: world.clock.wallUs() }],
    });

    expect(scene.last).toMatchObject({ verdict: 'agrees', inDoubt: 1, venue: { orders: 0, positions: 0 } });
  });

  it('leaves a position out whose trades are being looked for', async () => {
    const scene = new Scene();
    const { world } = scene;
    world.reports.trade(world.fill(1, '2'));
    scene.unsettled.add(BTC);
    scene.run();
    await scene.look();

    expect(scene.last.verdict).toBe('agrees');
  });

  it('says failed when the venue does not answer, and never that it is flat', async () => {
    const scene = new Scene();
    const { world } = scene;
    await world.open('q1a');
    scene.run();
    for (let at = 0; at < 4; at += 1) {
      for (const name of ['openAlgoOrders', 'positions', 'balances'] as const) await world.answer(name, []);
      await world.fail('openOrders');
      await world.clock.advance(1_000);
    }

    expect(scene.last).toMatchObject({ verdict: 'failed', reason: { code: 'NO_ANSWER' }, differences: 0 });
    expect(scene.last.venue).toBeUndefined();
    expect(scene.pass.doubt()).toBeUndefined();
  });

  it('asks nothing while the private stream is not in sync', () => {
    const scene = new Scene();
    scene.world.streamUp = false;
    scene.run();

    expect(scene.last).toMatchObject({ verdict: 'failed', reason: { code: 'SYNCING' }, looks: 0 });
    expect(scene.world.count('openOrders')).toBe(0);
  });

  it('runs every five minutes, and ten seconds after a recovery', async () => {
    const scene = new Scene();
    const { world } = scene;
    scene.pass.start();
    scene.pass.recovered();
    await world.clock.advance(9_999);
    expect(world.count('openOrders')).toBe(0);
    await world.clock.advance(1);
    await scene.look();
    await world.clock.advance(289_999);
    expect(world.count('openOrders')).toBe(1);
    await world.clock.advance(1);
    await scene.look();

    expect(scene.published.map(({ why }) => why)).toEqual(['after a recovery', 'regular']);
  });

  it('tells everybody who asked meanwhile of the one that is under way', async () => {
    const scene = new Scene();
    const told: string[] = [];
    scene.run('first');
    scene.pass.run('second', ({ why }) => told.push(why));
    await scene.look();

    expect(told).toEqual(['first']);
    expect(scene.world.count('openOrders')).toBe(1);
  });
});

describe('the ledger in a full pass', () => {
  const ledger = (appliedPos: number, amount?: string): LedgerEventMessage => ({
    appliedPos,
    positions: [],
    ...(amount !== undefined && { balances: [{ asset: 'USDT', wallet: amount }] }),
  });

  async function compared(message: (pos: number) => LedgerEventMessage): Promise<Scene> {
    const scene = new Scene(true);
    const { world } = scene;
    world.reports.balance(wallet('5', world));
    scene.run();
    scene.pass.ledger(message(world.book.lastBalancePos));
    await scene.look({ balances: [wallet('5', world)] });
    await world.clock.advance(3_000);
    await settle();
    return scene;
  }

  it('agrees at the same journal position', async () => {
    const scene = await compared((pos) => ledger(pos, '5.00'));

    expect(scene.last).toMatchObject({ verdict: 'agrees', ledger: { agrees: true } });
    expect(scene.last.ledger?.engineDigest).toBe(scene.last.ledger?.ledgerDigest);
  });

  it('differs: only orders that reduce pass, and the venue is not blamed', async () => {
    const scene = await compared((pos) => ledger(pos, '6'));

    expect(scene.last).toMatchObject({
      verdict: 'differs',
      differences: 0,
      firstDifference: 'balance USDT: engine 5, position-server 6',
      ledger: { agrees: false },
    });
    expect(scene.pass.doubt()).toMatchObject({ code: 'BOOKS_DIFFER' });
    expect(scene.differences).toHaveLength(0);
  });

  it('is not compared while it is behind, and the pass says so', async () => {
    const scene = await compared((pos) => ledger(pos - 1, '6'));

    expect(scene.last.verdict).toBe('agrees');
    expect(scene.last.ledger).toBeUndefined();
  });

  it('is not compared when it tells no balances, as earlier releases do', async () => {
    const scene = await compared((pos) => ledger(pos));

    expect(scene.last.verdict).toBe('agrees');
    expect(scene.last.ledger).toBeUndefined();
  });
});
