/** What a desk is told that a shipped file does not tell: drawn by seed, so that faults meet every way in which an engine can be set up. */
import type { EngineConfig } from '@fillwright/runtime';
import { SeededRandom } from '../kernel/seeded-random.ts';
import type { DeskPlan } from '../scenario/desk-plan.ts';

/** Seconds that a desk lives are few: the switch and the silence come after as many. */
const COUNTDOWN_MS = [5_000, 10_000] as const;
const REFRESH_MS = 2_000;
const SILENCE_MS = [2_000, 4_000, 10_000] as const;
const POLICIES = ['keep', 'cancel', 'cancel', 'cancel-and-reduce', 'cancel-and-reduce'] as const;

/** Over which wire orders go, how many private streams there are, and what happens when the engine or a trader falls silent. */
export function variedSetup(seed: number, plan: DeskPlan): DeskPlan {
  const { engine } = plan;
  return {
    ...plan,
    engine: {
      ...engine,
      ORDER_MANAGEMENT: { ...engine.ORDER_MANAGEMENT, ...transport(seed, engine) },
      PERFORMANCE: { ...engine.PERFORMANCE, ...(drawn(seed, 'private streams').chance(0.4) && { WEBSOCKET_POOL_SIZE: 2 }) },
      RISK_MANAGEMENT: { ...engine.RISK_MANAGEMENT, ...countdown(seed), ...silence(seed) },
    },
  };
}

/** The WebSocket API has no batches: a desk that sends them meets it less often. */
function transport(seed: number, { ORDER_MANAGEMENT }: EngineConfig): Partial<EngineConfig['ORDER_MANAGEMENT']> {
  const random = drawn(seed, 'order transport');
  if (!random.chance(ORDER_MANAGEMENT.ORDER_BATCH === 'auto' ? 0.1 : 0.6)) return {};
  return { ORDER_TRANSPORT: random.pick(['ws', 'auto']) };
}

function countdown(seed: number): Partial<EngineConfig['RISK_MANAGEMENT']> {
  const random = drawn(seed, 'countdown');
  return random.chance(0.3) ? { DEAD_MAN_COUNTDOWN_MS: random.pick(COUNTDOWN_MS), DEAD_MAN_REFRESH_MS: REFRESH_MS } : {};
}

function silence(seed: number): Partial<EngineConfig['RISK_MANAGEMENT']> {
  const random = drawn(seed, 'trader silence');
  return { TRADER_SILENCE_MS: random.pick(SILENCE_MS), TRADER_SILENCE_POLICY: random.pick(POLICIES) };
}

function drawn(seed: number, name: string): SeededRandom {
  return new SeededRandom(String(seed), name);
}
