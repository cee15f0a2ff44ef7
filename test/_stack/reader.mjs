/**
 * Subscribes to everything of the endpoints given and says so once it has heard from each. Then it reads on, or with `--hang` never again,
 * as a program that is stuck while its sockets live.
 */
import { Subscriber } from 'zeromq';

const hangs = process.argv[2] === '--hang';
const endpoints = process.argv.slice(hangs ? 3 : 2);
const open = [];
for (const endpoint of endpoints) {
  const subscriber = new Subscriber({ linger: 0 });
  subscriber.connect(endpoint);
  subscriber.subscribe();
  await subscriber.receive();
  open.push(subscriber);
}
process.stdout.write('reading\n');
if (hangs) setInterval(() => open.length, 1_000);
else {
  for (const subscriber of open) {
    (async () => {
      for await (const _ of subscriber);
    })();
  }
}
