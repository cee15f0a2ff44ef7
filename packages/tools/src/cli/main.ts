/** `npx fillwright orders [settle <id>] | positions | control <action> --why … [--json]`. */
import { runTool } from '@fillwright/runtime';
import { runCli } from './run-cli.ts';

await runTool({ name: 'fillwright', run: runCli });
