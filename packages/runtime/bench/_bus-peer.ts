/**
 * The other process of the bus bench: sends back each message it gets, over bare zeromq.js or over our feeds, and tells when each arrived.
 * Started with: kind, endpoint of the parent's publisher; under CURVE also the folder with the keys and the port to bind.
 */
import { EXAMPLES } from '@fillwright/messages';
import * as zmq from 'zeromq';
import { createFeed, nowUs, PEER_TOPIC } from './_bus-feed.ts';

const [kind = '', parentEndpoint = '', folder = '', port = '0'] = process.argv.slice(2);
const arrivals: number[] = [];

process.on('message', (order) => {
  if (order === 'arrivals') process.send?.(arrivals.splice(0));
});
process.on('disconnect', () => process.exit(0));

if (kind === 'bare') {
  const publisher = new zmq.Publisher({ linger: 0, sendTimeout: 0, sendHighWaterMark: 0 });
  await publisher.bind('tcp://127.0.0.1:*');
  const subscriber = new zmq.Subscriber({ linger: 0 });
  subscriber.connect(parentEndpoint);
  subscriber.subscribe('');
  process.send?.(publisher.lastEndpoint);
  for await (const [, body] of subscriber) {
    arrivals.push(nowUs());
    if (body !== undefined) void publisher.send([PEER_TOPIC, body]);
  }
} else {
  const feed = await createFeed('peer', folder === '' ? undefined : { folder, port: Number(port) });
  feed.read(parentEndpoint, () => {
    arrivals.push(nowUs());
    feed.publisher.publish(PEER_TOPIC, 'market.ticker', EXAMPLES['market.ticker']);
  });
  process.send?.(feed.publisher.endpoint);
}
