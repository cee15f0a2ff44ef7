/** Prints `N passed, N failed, N skipped` of a Jest result file; fails when the file is absent or nothing was tested. */
import { readFileSync } from 'node:fs';

const path = process.argv[2] ?? '';
try {
  const result = JSON.parse(readFileSync(path, 'utf8'));
  const skipped = result.numPendingTests + result.numTodoTests;
  process.stdout.write(`${result.numPassedTests} passed, ${result.numFailedTests} failed, ${skipped} skipped\n`);
  if (result.success !== true || result.numPassedTests === 0) process.exitCode = 1;
} catch {
  process.stdout.write('0 passed, 0 failed, 0 skipped (Jest left no result)\n');
  process.exitCode = 1;
}
