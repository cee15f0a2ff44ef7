#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../../market-server/src/main.ts');
