/** `npx zmq-test config/<any>.ini [--json] [--seconds 3]`. */
import { runTool } from '@fillwright/runtime';
import { runZmqTest } from './run-zmq-test.ts';

await runTool({ name: 'zmq-test', run: runZmqTest });
