/** What our bus costs above bare zeromq.js between two processes, and our codec above bare msgpackr; measured in alternating blocks. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CATALOG,
  decodeMessage,
  type Envelope,
  EXAMPLES,
  encodeEnvelope,
  exampleEnvelope,
  packUnchecked,
  unpackUnchecked,
} from '@fillwright/messages';
import * as zmq from 'zeromq';
import { createFeed, nowUs, PARENT_TOPIC } from './_bus-feed.ts';
import { type BenchKeys, benchKeys } from './_bus-keys.ts';

export interface Row {
  readonly name: string;
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  /** p50 of the bare way. */
  readonly baseline: number;
  readonly ratio: number;
  /** For the ratio of p50. */
  readonly budget?: number;
  readonly ok: boolean;
}

interface Samples {
  readonly oneWay: number[];
  readonly roundTrip: number[];
}

/** One side of the comparison: sends a message, is told when it is back. */
interface Lane {
  readonly samples: Samples;
  /** Resolves with the time of the echo. */
  ping(): Promise<number>;
  /** Arrivals at the peer since the last call. */
  arrivals(): Promise<number[]>;
  close(): Promise<void>;
}

const BLOCKS = 20;
const PINGS_PER_BLOCK = 500;
const HOP_BUDGET = 1.2;
/** Against our feed without keys. */
const CURVE_BUDGET = 1.15;
const CODEC_SAMPLES = 2000;
/** One sample of the codec is the mean over so many calls: a single one is too short for a clock. */
const CALLS_PER_SAMPLE = 100;
const PEER = fileURLToPath(new URL('./_bus-peer.ts', import.meta.url));

/** Takes about 10 s. */
export async function busBench(): Promise<Row[]> {
  const keys = await benchKeys();
  const lanes = [await bareLane(), await feedLane(), await feedLane(keys)];
  try {
    for (const lane of lanes) await runBlock(lane, 2000);
    for (const { samples } of lanes) samples.oneWay.length = samples.roundTrip.length = 0;
    for (let block = 0; block < BLOCKS; block += 1) for (const lane of lanes) await runBlock(lane, PINGS_PER_BLOCK);
  } finally {
    for (const lane of lanes) await lane.close();
    keys.dispose();
  }
  const [bare, ours, secured] = lanes.map(({ samples }) => samples);
  if (bare === undefined || ours === undefined || secured === undefined) return [];
  return [
    row('bare zeromq.js one way', bare.oneWay, bare.oneWay),
    row('our feed one way, encode and check included', ours.oneWay, bare.oneWay, HOP_BUDGET),
    row('bare zeromq.js round trip', bare.roundTrip, bare.roundTrip),
    row('our feed round trip', ours.roundTrip, bare.roundTrip, HOP_BUDGET),
    row('our feed one way under CURVE', secured.oneWay, ours.oneWay, CURVE_BUDGET),
    row('our feed round trip under CURVE', secured.roundTrip, ours.roundTrip, CURVE_BUDGET),
    ...codecRows('market.ticker'),
    ...codecRows('order.event'),
  ];
}

async function runBlock(lane: Lane, pings: number): Promise<void> {
  const starts: number[] = [];
  await lane.arrivals();
  for (let i = 0; i < pings; i += 1) {
    const start = nowUs();
    starts.push(start);
    lane.samples.roundTrip.push((await lane.ping()) - start);
  }
  const arrivals = await lane.arrivals();
  for (const [index, start] of starts.entries()) lane.samples.oneWay.push((arrivals[index] ?? Number.NaN) - start);
}

async function bareLane(): Promise<Lane> {
  const publisher = new zmq.Publisher({ linger: 0, sendTimeout: 0, sendHighWaterMark: 0 });
  await publisher.bind('tcp://127.0.0.1:*');
  const peer = await startPeer('bare', publisher.lastEndpoint ?? '');
  const subscriber = new zmq.Subscriber({ linger: 0 });
  subscriber.connect(peer.endpoint);
  subscriber.subscribe('');
  const echo = new Echo();
  void (async () => {
    for await (const _frames of subscriber) echo.arrived();
  })();
  const body = encodeEnvelope(exampleEnvelope('market.ticker', 'ticker'));
  const send = (): void => void publisher.send([PARENT_TOPIC, body]);
  const close = async (): Promise<void> => {
    publisher.close();
    subscriber.close();
  };
  return lane(peer, echo, send, close);
}

async function feedLane(keys?: BenchKeys): Promise<Lane> {
  const feed = await createFeed('parent', keys && { folder: keys.folder, port: keys.parentPort });
  const peer = await startPeer('feed', feed.publisher.endpoint, keys === undefined ? [] : [keys.folder, String(keys.peerPort)]);
  const echo = new Echo();
  feed.read(peer.endpoint, () => echo.arrived());
  const send = (): void => void feed.publisher.publish(PARENT_TOPIC, 'market.ticker', EXAMPLES['market.ticker']);
  return lane(peer, echo, send, () => feed.bus.close());
}

/** Waits until messages pass both ways: subscriptions take a while. */
async function lane(peer: Peer, echo: Echo, send: () => void, close: () => Promise<void>): Promise<Lane> {
  const ping = (): Promise<number> => {
    const back = echo.next();
    send();
    return back;
  };
  const knocking = setInterval(send, 20);
  await echo.next();
  clearInterval(knocking);
  // What is still on its way from knocking must not be taken for an answer.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    samples: { oneWay: [], roundTrip: [] },
    ping,
    arrivals: () => peer.arrivals(),
    close: async () => {
      peer.child.disconnect();
      await close();
    },
  };
}

class Echo {
  #waiting: ((atUs: number) => void) | undefined;

  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  arrived(): void {
    this.#waiting?.(nowUs());
    this.#waiting = undefined;
  }
}

interface Peer {
  readonly child: ChildProcess;
  readonly endpoint: string;
  arrivals(): Promise<number[]>;
}

async function startPeer(kind: 'bare' | 'feed', endpoint: string, keys: readonly string[] = []): Promise<Peer> {
  const child = fork(PEER, [kind, endpoint, ...keys]);
  const [peerEndpoint] = await once(child, 'message');
  const arrivals = async (): Promise<number[]> => {
    child.send('arrivals');
    const [list] = await once(child, 'message');
    return list as number[];
  };
  return { child, endpoint: String(peerEndpoint), arrivals };
}

function codecRows(type: 'market.ticker' | 'order.event'): Row[] {
  const envelope: Envelope = exampleEnvelope(type, CATALOG[type].stream);
  const body = encodeEnvelope(envelope);
  const barePack = meanSamples(() => packUnchecked(envelope));
  const bareUnpack = meanSamples(() => unpackUnchecked(body));
  const encoded = meanSamples(() => encodeEnvelope(envelope));
  const decoded = meanSamples(() => decodeMessage(body));
  return [row(`encode ${type}, ${body.length} B`, encoded, barePack), row(`decode and check ${type}`, decoded, bareUnpack)];
}

function meanSamples(work: () => unknown): number[] {
  const samples: number[] = [];
  for (let sample = -CODEC_SAMPLES / 4; sample < CODEC_SAMPLES; sample += 1) {
    const start = nowUs();
    for (let call = 0; call < CALLS_PER_SAMPLE; call += 1) work();
    if (sample >= 0) samples.push((nowUs() - start) / CALLS_PER_SAMPLE);
  }
  return samples;
}

function row(name: string, taken: readonly number[], bare: readonly number[], budget?: number): Row {
  const p50 = quantile(taken, 0.5);
  const baseline = quantile(bare, 0.5);
  const ratio = rounded(p50 / baseline);
  const figures = { p50: rounded(p50), p99: rounded(quantile(taken, 0.99)), p999: rounded(quantile(taken, 0.999)) };
  const head = { name, n: taken.length, ...figures, unit: 'us' as const, baseline: rounded(baseline), ratio };
  return budget === undefined ? { ...head, ok: true } : { ...head, budget, ok: ratio <= budget };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
