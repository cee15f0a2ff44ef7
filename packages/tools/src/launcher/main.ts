/** `npm start`: the whole desk on this machine, with a live view. */
import { join } from 'node:path';
import { runTool } from '@fillwright/runtime';
import type { Launch } from './launch.ts';
import { runLauncher } from './run-launcher.ts';

let current: Launch | undefined;

await runTool({
  name: 'launcher',
  run: (ports, args) => {
    const places = { node: process.execPath, packagesFolder: join(import.meta.dirname, '../../..') };
    return runLauncher(ports, args, places, (launch) => {
      current = launch;
    });
  },
  onCrash: () => current?.supervisor.killAll(),
});
