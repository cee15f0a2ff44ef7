/**
 * A trader written from docs/wire.md alone: plain ZeroMQ, a msgpack codec of its own, none of our packages. It plays one fixed session
 * and prints what it was told, one JSON line a step; the same session as trader.py.
 */
import { createInterface } from 'node:readline';
import { Dealer, Publisher, Subscriber } from 'zeromq';
import { decode, encode } from './msgpack.mjs';

const { pub, sub, service, exchange, account, tag, src, instrument, price, otherPrice, qty } = JSON.parse(process.argv[2]);
const ORDER = `order.${exchange}.${account}.`;
const ANSWER = `answer.${exchange}.${account}.`;
const COMMAND = `command.${exchange}.${account}.`;
const HEARTBEAT = `hb.${exchange}.${account}.`;
const OWN_HEARTBEAT = `${HEARTBEAT}${src}-7013.`;
const PATIENCE_MS = 15_000;

const epoch = Math.floor(Date.now() / 1000);
const seqs = new Map();
let ids = 0;
let orders = 0;

const publisher = new Publisher({ linger: 0 });
const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 100_000 });
const dealer = new Dealer({ linger: 0, immediate: true, sendTimeout: 0 });

/** By client order id, the newest view. */
const views = new Map();
/** By command id, every answer. */
const answers = new Map();
const events = [];
const replies = new Map();
const newest = { epoch: 0, seq: 0 };
let kept = [];
let isLive = false;

const nowUs = () => Date.now() * 1000;
const say = (step, facts = {}) => process.stdout.write(`${JSON.stringify({ step, ...facts })}\n`);
const freshId = () => `${tag}-${epoch.toString(36)}-${++ids}`;
const orderId = () => tag + epoch.toString(36).padStart(6, '0') + (++orders).toString(36);

function envelope(type, topic, data, id = freshId(), ts = nowUs()) {
  const seq = topic === '' ? 0 : (seqs.get(topic) ?? 0) + 1;
  seqs.set(topic, seq);
  return { v: 1, type, src, account, epoch, topic, seq, ts, id, data };
}

function publish(type, topic, data, id, ts) {
  publisher.send([topic, encode(envelope(type, topic, data, id, ts))]).catch(() => {});
}

async function until(what, look, patienceMs = PATIENCE_MS) {
  const end = Date.now() + patienceMs;
  let seen = look();
  while (!seen && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen = look();
  }
  if (!seen) throw new Error(`waited in vain for ${what}`);
  return seen;
}

async function ask(type, data) {
  for (;;) {
    const request = envelope(type, '', data);
    await dealer.send([encode(request)]).catch(() => {});
    const reply = await until(type, () => replies.get(request.id), 2_000).catch(() => undefined);
    if (reply?.type === 'service.error') throw new Error(`${type}: ${reply.data.code}: ${reply.data.text}`);
    if (reply) return reply;
  }
}

/** "Going live" of docs/wire.md. */
async function goLive() {
  isLive = false;
  kept = [];
  while (kept.length === 0) {
    await dealer.send([encode(envelope('service.hello', '', { topic: ORDER, nonce: freshId() }))]).catch(() => {});
    await until('a message of the topic', () => kept.length > 0, 1_000).catch(() => undefined);
  }
  for (;;) {
    const { data } = await ask('service.snapshot-request', { topic: ORDER });
    const first = kept[0];
    if (first !== undefined && first.epoch === data.epoch && first.seq > data.seq + 1) continue;
    views.clear();
    for (const order of data.orders ?? []) views.set(order.clientOrderId, order);
    Object.assign(newest, { epoch: data.epoch, seq: data.seq });
    isLive = true;
    for (const message of kept.splice(0)) apply(message);
    return;
  }
}

function apply(message) {
  if (message.epoch < newest.epoch || (message.epoch === newest.epoch && message.seq <= newest.seq)) return;
  if (message.epoch !== newest.epoch || message.seq !== newest.seq + 1) {
    isLive = false;
    kept = [message];
    say('gap', { newest: { ...newest }, epoch: message.epoch, seq: message.seq });
    return;
  }
  newest.seq = message.seq;
  if (message.type !== 'order.event') return;
  views.set(message.data.order.clientOrderId, message.data.order);
  events.push(message.data);
}

function hear(topic, message) {
  if (topic === ANSWER && message.type === 'command.answer') {
    const { commandId } = message.data;
    answers.set(commandId, [...(answers.get(commandId) ?? []), message.data]);
  }
  if (topic !== ORDER) return;
  if (isLive) apply(message);
  else kept.push(message);
}

/** The same message until it is answered or its deadline has passed; then the question what became of it. */
async function command(type, data, id, about) {
  const ts = nowUs();
  for (let pauseMs = 100; nowUs() < data.deadlineTs; pauseMs *= 2) {
    publish(type, COMMAND, data, id, ts);
    const answer = await until('an answer', () => answers.get(id)?.[0], pauseMs).catch(() => undefined);
    if (answer) return answer;
  }
  return query(about);
}

async function query(clientOrderId) {
  const id = freshId();
  for (;;) {
    publish('command.query', COMMAND, { clientOrderId }, id);
    const answer = await until('an answer', () => answers.get(id)?.[0], 1_000).catch(() => undefined);
    if (answer) return answer;
  }
}

async function session() {
  await goLive();
  const engine = await ask('service.ping', {});
  say('live', { engineEpoch: engine.epoch, state: engine.data.state });
  const header = (change = {}) => ({ owner: tag, engineEpoch: engine.epoch, deadlineTs: nowUs() + 5_000_000, ...change });
  const limit = (id, change) => ({
    ...header(change),
    clientOrderId: id,
    strategy: 'foreign',
    instrument,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTX',
    qty,
    price,
  });
  const phase = (id, wanted) => until(`${id} to be ${wanted}`, () => views.get(id)?.phase === wanted && views.get(id));

  const first = orderId();
  const placed = await command('command.place', limit(first), first, first);
  const resting = await phase(first, 'new');
  say('placed', { id: first, verdict: placed.verdict, phase: resting.phase, venueOrderId: resting.venueOrderId });

  const modified = await command('command.modify', { ...header(), clientOrderId: first, price: otherPrice, qty }, freshId(), first);
  const amended = await until('modified', () => events.find((event) => event.change === 'modified' && event.order.clientOrderId === first));
  say('modified', { id: first, verdict: modified.verdict, price: amended.order.price });

  const canceled = await command('command.cancel', { ...header(), clientOrderId: first }, freshId(), first);
  say('canceled', { id: first, verdict: canceled.verdict, phase: (await phase(first, 'canceled')).phase });

  const five = orderId();
  const copy = limit(five);
  const ts = nowUs();
  for (let copies = 0; copies < 5; copies += 1) publish('command.place', COMMAND, copy, five, ts);
  const told = await until('five answers', () => answers.get(five)?.length >= 5 && answers.get(five));
  await phase(five, 'new');
  say('five', { id: five, verdicts: told.map(({ verdict }) => verdict) });

  const late = orderId();
  publish('command.place', COMMAND, limit(late, { deadlineTs: nowUs() - 1_000_000 }), late);
  const tooLate = await until('an answer', () => answers.get(late)?.[0]);
  say('deadline', { id: late, verdict: tooLate.verdict, code: tooLate.reason?.code });

  const fenced = orderId();
  publish('command.place', COMMAND, limit(fenced, { engineEpoch: engine.epoch - 1 }), fenced);
  const refused = await until('an answer', () => answers.get(fenced)?.[0]);
  say('fenced', { id: fenced, verdict: refused.verdict, code: refused.reason?.code });

  say('restart-the-engine');
  for await (const line of createInterface({ input: process.stdin })) if (line === 'restarted') break;
  await goLive();
  const again = await ask('service.ping', {});
  say('live-again', { engineEpoch: again.epoch, state: again.data.state, known: [...views.keys()] });

  answers.delete(five);
  const known = await command('command.place', { ...copy, deadlineTs: nowUs() + 5_000_000 }, five, five);
  say('known', { id: five, verdict: known.verdict, phase: known.order?.phase, price: known.order?.price });
  const asked = await query(late);
  say('denied-for-ever', { id: late, verdict: asked.verdict, phase: asked.order?.phase });
  say('never-heard-of', { verdict: (await query(orderId())).verdict });
  say('done');
}

await publisher.bind(pub);
subscriber.connect(sub);
dealer.connect(service);
for (const prefix of [ORDER, ANSWER, HEARTBEAT]) subscriber.subscribe(prefix);
setInterval(() => {
  const facts = { state: 'ready', reasons: [], loopLagUs: 0, lastSeqs: { [COMMAND]: seqs.get(COMMAND) ?? 0 } };
  publish('heartbeat', OWN_HEARTBEAT, facts);
}, 1_000).unref();
(async () => {
  for await (const [topic, body] of subscriber) hear(topic.toString(), decode(body));
})();
(async () => {
  for await (const [body] of dealer) {
    const reply = decode(body);
    if (reply.cause !== undefined) replies.set(reply.cause, reply);
  }
})();
try {
  await session();
  process.exit(0);
} catch (error) {
  say('failed', { why: String(error?.stack ?? error) });
  process.exit(1);
}
