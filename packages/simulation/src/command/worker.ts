/** A worker of `npm run simulate`: `worker.ts FIRST STEP COUNT SECONDS` runs COUNT seeds and writes one report a line. */
import { createTerminal } from '@fillwright/runtime';
import { readDeskPlan } from '../scenario/desk-plan.ts';
import { runScenario } from '../scenario/run-scenario.ts';
import { CONFIG_FOLDER } from './config-folder.ts';

const [first = 1, step = 1, count = 1, seconds = 20] = process.argv.slice(2).map(Number);
const terminal = createTerminal();
const plan = readDeskPlan(CONFIG_FOLDER);
for (let index = 0; index < count; index++) {
  terminal.write(`${JSON.stringify(await runScenario({ plan, seed: first + index * step, seconds }))}\n`);
}
