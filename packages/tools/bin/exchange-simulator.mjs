#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../../exchange-simulator/src/main.ts');
