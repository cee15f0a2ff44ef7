/** A worker of `npm run simulate`: `worker.ts FIRST STEP COUNT ORDER` runs COUNT seeds and writes one report a line. */
import { createTerminal } from '@fillwright/runtime';
import { readDeskPlan } from '../scenario/desk-plan.ts';
import { runScenario } from '../scenario/run-scenario.ts';
import { CONFIG_FOLDER } from './config-folder.ts';
import { scenarioOf, type WorkOrder } from './work-order.ts';

const [first = 1, step = 1, count = 1] = process.argv.slice(2, 5).map(Number);
const order = JSON.parse(process.argv[5] ?? '') as WorkOrder;
const terminal = createTerminal();
const plan = readDeskPlan(CONFIG_FOLDER);
for (let index = 0; index < count; index++) {
  const report = await runScenario(scenarioOf(first + index * step, order, plan));
  terminal.write(`${JSON.stringify(report)}\n`);
  // A wrong needs to be found out once.
  if (order.mutant !== undefined && report.violated > 0) break;
}
