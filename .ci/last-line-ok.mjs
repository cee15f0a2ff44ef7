/** Passes stdin through and fails unless its last line is JSON with `ok: true`. */
let text = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) {
  text += chunk;
  process.stdout.write(chunk);
}

const line = text.trim().split('\n').at(-1) ?? '';
try {
  if (JSON.parse(line).ok !== true) fail('the last line does not say "ok":true');
} catch {
  fail('the last line is not JSON');
}

/** @param {string} reason */
function fail(reason) {
  process.stderr.write(`${reason}: ${line.slice(0, 2000)}\n`);
  process.exitCode = 1;
}
