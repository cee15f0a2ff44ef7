#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../../trading-engine/src/main.ts');
