/**
 * Jest's `setupFiles`: property tests try the same cases on every machine, so that a change is judged by what it changes. Each night tries
 * others (`FC_SEED`). A failure prints its seed either way.
 */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? 2026) });
