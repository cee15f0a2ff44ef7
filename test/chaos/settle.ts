/** After the trouble: waits until nothing is open-ended and all books agree, then has each order judged. */
import type { OrderView } from '@fillwright/messages';
import { untilAgreed } from '../_stack/agreement.ts';
import type { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, type ProcessName, type Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';
import { type Judged, judge } from './verdict.ts';
import type { Workload } from './workload.ts';

/** Once everything is healed. */
export const SETTLE_MS = 90_000;

/** What did not come to rest in time, and what the judge has to say. All processes run, and no trouble is made any more. */
export async function settleAndJudge(stack: Stack, questions: Questions, workload: Workload): Promise<Judged> {
  workload.settle();
  const problems = await settle(stack, questions, workload);
  // Nobody is there to be judged.
  if (problems.length > 0) return { orders: 0, fills: 0, violations: problems };
  const accepted = stack.venue.acceptedIds();
  const views = await viewsOf(questions, [...workload.model.intents.map(({ clientOrderId }) => clientOrderId), ...accepted]);
  const judged = judge(stack, workload.model, views);
  return { ...judged, violations: [...judged.violations, ...strangers(accepted, views)] };
}

/** Orders, of anybody, that the exchange took on and the engine does not know, or says were never sent. */
function strangers(accepted: readonly string[], views: Views): readonly string[] {
  return accepted.flatMap((id) => {
    const view = views.get(id);
    const isKnown = view !== undefined && view.owner !== 'EXTERNAL' && view.phase !== 'denied' && view.phase !== 'rejected';
    return isKnown ? [] : [`${id}: the exchange took it on, the engine says ${view?.phase ?? 'it knows no such order'} (${view?.owner})`];
  });
}

async function settle(stack: Stack, questions: Questions, workload: Workload): Promise<readonly string[]> {
  try {
    await stack.allReady(SETTLE_MS);
    await questions.control('trader', 'pause');
    await until('every order of the workload has an end', () => workload.model.unsettled.length === 0, {
      withinMs: SETTLE_MS,
      describe: () => JSON.stringify(workload.model.unsettled.slice(0, 3)),
    });
    await stack.venue.control('POST', 'flow', { state: 'off' });
    await untilAgreed(stack, questions, SETTLE_MS);
    return [];
  } catch (error) {
    const pages = await Promise.all(PROCESS_NAMES.map(async (name) => `${name}: ${await pageOf(stack, name)}`));
    return [`${error instanceof Error ? error.message : String(error)}\n${pages.join('\n')}`];
  }
}

async function pageOf(stack: Stack, name: ProcessName): Promise<string> {
  try {
    return JSON.stringify(await stack.health(name));
  } catch (error) {
    return String(error);
  }
}

type Views = ReadonlyMap<string, OrderView | undefined>;

/** What the engine says of each. */
async function viewsOf(questions: Questions, ids: readonly string[]): Promise<Views> {
  const views = new Map<string, OrderView | undefined>();
  for (const id of new Set(ids)) {
    const answer = await questions.ask('trading-engine', 'service.query-order', { clientOrderId: id as never }, 'service.order');
    views.set(id, answer.data.order);
  }
  return views;
}
