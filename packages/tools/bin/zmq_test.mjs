#!/usr/bin/env node
import { run } from './_run.mjs';

await run('../src/zmq-test/main.ts');
