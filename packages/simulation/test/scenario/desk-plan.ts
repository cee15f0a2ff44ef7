/** The shipped configuration, read once per test file. */
import { CONFIG_FOLDER } from '../../src/command/config-folder.ts';
import { readDeskPlan } from '../../src/scenario/desk-plan.ts';

export const PLAN = readDeskPlan(CONFIG_FOLDER);
