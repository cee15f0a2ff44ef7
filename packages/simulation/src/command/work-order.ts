/** What is done with each seed: the same in the command itself, in its workers, and when a finding is made smaller. */
import { decimal } from '@fillwright/domain/decimal';
import { drawFaultPlan, type FaultEvent } from '../faults/fault-event.ts';
import type { FaultKindName } from '../faults/kinds.ts';
import { SeededRandom } from '../kernel/seeded-random.ts';
import { type MutantName, mutatedPorts } from '../mutants/mutants.ts';
import type { DeskPlan } from '../scenario/desk-plan.ts';
import type { ScenarioOptions } from '../scenario/run-scenario.ts';
import { variedSetup } from './desk-variety.ts';

const SECOND_US = 1_000_000;

export interface WorkOrder {
  readonly seconds: number;
  readonly faults: readonly FaultKindName[];
  readonly only: readonly string[];
  readonly mutant: MutantName | undefined;
}

/** Faults come in one of two periods of equal length. */
export function faultPlanOf(seed: number, { seconds, faults, only }: WorkOrder): readonly FaultEvent<FaultKindName>[] {
  const random = new SeededRandom(String(seed), 'fault plan');
  const plan = drawFaultPlan({ kinds: faults, periodUs: Math.round((seconds * SECOND_US) / 2), random });
  return only.length === 0 ? plan : plan.filter(({ id }) => only.includes(id));
}

export function scenarioOf(seed: number, order: WorkOrder, plan: DeskPlan): ScenarioOptions {
  const { seconds, faults, mutant } = order;
  return {
    ...{ plan: faults.length > 0 ? variedSetup(seed, varied(seed, limited(seed, plan))) : plan, seed, seconds },
    ...(faults.length > 0 && { faults: faultPlanOf(seed, order) }),
    ...(mutant !== undefined && { wrongs: mutatedPorts(mutant) }),
  };
}

/**
 * Half of the seeds wait for the disk before anything is sent or told, and only there power is cut; half of them
 * send bursts in batches; some close their positions at the stop; some have a limit over all instruments.
 */
function varied(seed: number, plan: DeskPlan): DeskPlan {
  const { engine } = plan;
  const drawn = (name: string, chance: number): boolean => new SeededRandom(String(seed), name).chance(chance);
  const { JOURNAL, ORDER_MANAGEMENT, RISK_MANAGEMENT } = engine;
  return {
    ...plan,
    engine: {
      ...engine,
      JOURNAL: { ...JOURNAL, ...(drawn('journal sync', 0.5) && { JOURNAL_SYNC: 'full' as const }) },
      ORDER_MANAGEMENT: {
        ...ORDER_MANAGEMENT,
        FLATTEN_ON_STOP: drawn('flatten on stop', 0.2),
        // With few orders in a second those of a burst wait, and become ready together.
        ...(drawn('order batch', 0.5) && { ORDER_BATCH: 'auto' as const, MAX_ORDERS_PER_SECOND: drawn('few orders', 0.5) ? 10 : 20 }),
      },
      RISK_MANAGEMENT: { ...RISK_MANAGEMENT, ...(drawn('total limit', 0.25) && { MAX_POSITION_SIZE: decimal('0.6') }) },
    },
  };
}

/** Under faults half of the seeds trade against a limit so low that they meet it. */
function limited(seed: number, plan: DeskPlan): DeskPlan {
  const random = new SeededRandom(String(seed), 'limits');
  const limit = `0.${random.between(12, 40)}`;
  if (random.chance(0.5)) return plan;
  const { engine } = plan;
  return { ...plan, engine: { ...engine, RISK_MANAGEMENT: { ...engine.RISK_MANAGEMENT, MAX_POSITION_PER_SYMBOL: decimal(limit) } } };
}
