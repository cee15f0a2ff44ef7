/** Asks a process whether it is ready: the one with pid 1, or the one whose command line stands in the file that is named here. */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { statusAddress } from './status-address.mjs';

const read = (path) => readFileSync(path, 'utf8');
try {
  ask(statusAddress(read(process.argv[2] ?? '/proc/1/cmdline').split('\0'), read, process.env));
} catch (error) {
  fail(error);
}

function ask({ host, port }) {
  const request = get({ host, port, path: '/health/ready', timeout: 2_000 }, (reply) => {
    let text = '';
    reply.setEncoding('utf8');
    reply.on('data', (chunk) => {
      text += chunk;
    });
    reply.on('end', () => {
      process.stdout.write(text.slice(0, 1_000));
      process.exit(reply.statusCode === 200 ? 0 : 1);
    });
  });
  request.on('timeout', () => request.destroy(new Error(`no answer of ${host}:${port} within 2 s`)));
  request.on('error', fail);
}

function fail(error) {
  process.stdout.write(`${error.message}\n`);
  process.exit(1);
}
