#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../../position-server/src/main.ts');
