/** While building: what is native has to load and work on this base, and every process has to know its own command line. */
import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import * as zmq from 'zeromq';

const [out, back] = [new zmq.Pair({ linger: 0 }), new zmq.Pair({ linger: 0 })];
await out.bind('tcp://127.0.0.1:*');
back.connect(out.lastEndpoint);
await out.send('smoke');
const [answer] = await back.receive();
if (String(answer) !== 'smoke') throw new Error(`zeromq ${zmq.version} does not pass messages on`);
if (!zmq.capability.curve) throw new Error(`zeromq ${zmq.version} has no CURVE`);
out.close();
back.close();
new DatabaseSync(':memory:').exec('select 1');
// The health check finds what it reads INI files with.
await import('./status-address.mjs');

for (const name of ['trading-engine', 'position-server', 'market-server', 'trader', 'exchange-simulator', 'zmq-test', 'fillwright']) {
  execFileSync(name, ['--help'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
process.stdout.write(`smoke: Node ${process.version}, zeromq ${zmq.version} with CURVE, SQLite\n`);
