/** `npm run simulate`. */
import { runTool } from '@fillwright/runtime';
import { simulate } from './command/simulate.ts';

await runTool({ name: 'simulate', run: simulate });
