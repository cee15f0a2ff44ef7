/** `npm run simulate`. */
import { runTool } from '@fillwright/runtime';
import { simulate } from './command/simulate.ts';
import { IncarnationDead } from './kernel/incarnation-dead.ts';

// With --trace the world lives in this process, and so does what is left of its dead.
await runTool({ name: 'simulate', run: simulate, isHarmless: (error) => error instanceof IncarnationDead });
