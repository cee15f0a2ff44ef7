#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../../trader/src/main.ts');
