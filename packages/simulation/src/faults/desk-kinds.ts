/** What people and machines do to a desk beside breaking it: operators, a halt marker, a rude trader, a snapshot that cannot be read. */
import type { Kind } from './kind.ts';

const MS = 1_000;
const SECOND = 1_000_000;
const MODES = ['halt', 'pause', 'reduce-only'] as const;
const HALT_FILE = 'HALT';
const SNAPSHOTS = 'snapshots/';

export const DESK_KINDS = {
  'rude-trader': {
    doc: 'a third trader repeats commands, asks for what is not his, uses old epochs, and sends what no schema allows',
    strike: (scene, event) => {
      const random = scene.random(event);
      const times = random.between(10, 40);
      scene.misbehave(times, random);
      return { what: `${times} rude commands` };
    },
  },
  operator: {
    doc: 'an operator halts or pauses trading or allows only what reduces, and takes it back; cancels, flattens, reconciles, asks for nonsense',
    strike: (scene, event) => {
      const random = scene.random(event);
      const action = random.pick([...MODES, 'cancel-all', 'cancel-mine', 'flatten', 'reconcile', 'retire'] as const);
      scene.operate((operator) => operator.ask(action));
      const isMode = (MODES as readonly string[]).includes(action);
      return { what: action, ...(isMode && { undo: () => scene.operate((operator) => operator.ask('resume')) }) };
    },
  },
  'late-fill': {
    doc: 'an order is partly filled and cancelled, and the answer to the cancel knows nothing of the fill, whose news is late',
    strike: (scene, event) => {
      scene.lateFill(scene.random(event));
      return { what: 'an order is partly filled and cancelled' };
    },
  },
  'settle-by-hand': {
    doc: 'an operator settles unknown orders by hand, truly where he saw the truth, and tries verdicts that cannot be',
    strike: (scene, event) => {
      const random = scene.random(event);
      const times = random.between(5, 40);
      scene.operate((operator) => operator.settle(times, random, scene.truthOf));
      return { what: `${times} looks at what is unknown` };
    },
  },
  'halt-marker': {
    doc: 'somebody puts a halt marker into the data folder of the engine; an operator resumes later',
    strike: (scene) => {
      scene.disk(scene.desk.engine).replace(HALT_FILE, Buffer.from('a drill'));
      return { what: 'a file named HALT', undo: () => scene.operate((operator) => operator.ask('resume')) };
    },
  },
  'snapshot-damage': {
    doc: 'the engine dies, and its newest snapshot has a wrong byte when it starts again',
    strike: (scene, event) => {
      const { engine } = scene.desk;
      const random = scene.random(event);
      const disk = scene.disk(engine);
      const path = disk.paths.filter((one) => one.startsWith(SNAPSHOTS)).at(-1);
      const bytes = path === undefined ? undefined : disk.file(path)?.read(0, disk.file(path)?.size ?? 0);
      if (!engine.alive || path === undefined || bytes === undefined || bytes.length === 0) return undefined;
      engine.kill();
      scene.crashes++;
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      disk.replace(path, bytes);
      scene.world.kernel.at(scene.nowUs + random.between(100 * MS, 2 * SECOND), 'restart', undefined, () => {
        if (!engine.alive) engine.restart();
      });
      return { what: `byte ${at} of ${path} is wrong` };
    },
  },
} as const satisfies Readonly<Record<string, Kind>>;
