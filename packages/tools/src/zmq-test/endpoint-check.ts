/** Looks at one endpoint for a few seconds: connection, ZMQ handshake, heartbeats, service round trips, gaps. Changes nothing there. */
import {
  answerOf,
  type Bus,
  type Clock,
  type HttpClient,
  type LinkEvent,
  type Log,
  MessageTap,
  type Metrics,
  type Sender,
  ServiceClient,
} from '@fillwright/runtime';
import { waitMs } from '../launcher/wait.ts';
import { SeqWatch } from '../watch/seq-watch.ts';
import type { ListedEndpoint } from './endpoint-list.ts';

/** What is not applicable to a kind of endpoint is `null`. */
export interface EndpointReport {
  readonly key: string;
  readonly endpoint: string;
  readonly reachable: boolean;
  readonly handshake: boolean;
  readonly heartbeatAgeMs: number | null;
  readonly roundTripUs: number | null;
  readonly gaps: number | null;
  /** What is wrong and what to look at; `''` when all is well. */
  readonly problem: string;
  /** Nobody is there, and the process works without. */
  readonly absent?: true;
}

export interface CheckPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A publisher beats once a second; this old means three were missed. */
const MAX_BEAT_AGE_MS = 3_500;
const PINGS = 5;
const PING_TIMEOUT_MS = 1_000;

export async function checkEndpoint(ports: CheckPorts, sender: Sender, listed: ListedEndpoint, seconds: number): Promise<EndpointReport> {
  const report = await check(ports, sender, listed, seconds);
  if (!listed.mayBeAbsent || report.reachable) return report;
  return { ...report, problem: 'nobody listens there; the process works without', absent: true };
}

function check(ports: CheckPorts, sender: Sender, listed: ListedEndpoint, seconds: number): Promise<EndpointReport> {
  switch (listed.type) {
    case 'publisher':
      return checkPublisher(ports, listed, seconds);
    case 'service':
      return checkService(ports, sender, listed, seconds);
    case 'http':
      return checkHttp(ports, listed);
  }
}

async function checkPublisher(ports: CheckPorts, { key, endpoint, address }: ListedEndpoint, seconds: number): Promise<EndpointReport> {
  const { clock } = ports;
  const link = new LinkStory();
  const seqs = new SeqWatch();
  let beatUs: number | undefined;
  const tap = new MessageTap(ports, {
    name: `zmq-test-${key}`,
    endpoints: [address],
    prefixes: [''],
    onLink: (event) => link.note(event),
    onMessage: (message) => {
      seqs.note(message);
      if (message.type !== 'heartbeat') return;
      seqs.heartbeat(message.src, message.epoch, message.data);
      beatUs = clock.monotonicUs();
    },
  });
  await waitMs(clock, seconds * 1000);
  const heartbeatAgeMs = beatUs === undefined ? null : Math.round((clock.monotonicUs() - beatUs) / 1000);
  await tap.close();
  const { gaps, missed } = seqs.total;
  const { connected: isReachable, handshake } = link;
  const told = { key, endpoint, reachable: isReachable, handshake, heartbeatAgeMs, roundTripUs: null, gaps: handshake ? gaps : null };
  return { ...told, problem: link.problem() ?? beatProblem(heartbeatAgeMs, seconds) ?? gapProblem(gaps, missed) ?? '' };
}

async function checkService(
  { bus, clock }: CheckPorts,
  sender: Sender,
  { key, endpoint, address }: ListedEndpoint,
  seconds: number,
): Promise<EndpointReport> {
  const link = new LinkStory();
  const client = new ServiceClient({ bus, clock, endpoint: address, sender, onLink: (event) => link.note(event) });
  await link.whenUp(clock, seconds * 1000);
  const times: number[] = [];
  for (let ping = 0; ping < PINGS && link.handshake; ping += 1) {
    const startUs = clock.monotonicUs();
    const answer = answerOf(await client.request('service.ping', {}, { timeoutMs: PING_TIMEOUT_MS }), 'service.pong');
    if (answer === undefined) break;
    times.push(clock.monotonicUs() - startUs);
  }
  await client.close();
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  const roundTripUs = median === undefined ? null : Math.round(median);
  const told = { key, endpoint, reachable: link.connected, handshake: link.handshake, heartbeatAgeMs: null, roundTripUs, gaps: null };
  const silent = roundTripUs === null ? 'it does not answer a ping; is this the SERVICE_ENDPOINT of one of our processes?' : '';
  return { ...told, problem: link.problem() ?? silent };
}

async function checkHttp({ http }: CheckPorts, { key, endpoint, address }: ListedEndpoint): Promise<EndpointReport> {
  const result = await http.request({ method: 'GET', url: `${address}/`, headers: {}, timeoutMs: PING_TIMEOUT_MS });
  const answered = result.type === 'response';
  const isReachable = answered || (result.reason !== 'refused' && result.reason !== 'unresolved');
  const told = { key, endpoint, reachable: isReachable, handshake: answered, heartbeatAgeMs: null, gaps: null };
  const problem = answered ? '' : `it does not answer: ${result.message}`;
  return { ...told, roundTripUs: answered ? Math.round(result.elapsedUs) : null, problem };
}

/** How far a connection came. */
class LinkStory {
  connected = false;
  handshake = false;
  #refusal: string | undefined;
  #onUp: () => void = () => {};

  note({ type, detail }: LinkEvent): void {
    if (type === 'connected') this.connected = true;
    if (type === 'handshake-failed') this.#refusal = detail ?? 'no reason given';
    if (type !== 'handshake') return;
    this.connected = true;
    this.handshake = true;
    this.#onUp();
  }

  /** Resolves with the handshake or when the time is over. */
  whenUp(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.handshake) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs, () => resolve());
      this.#onUp = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  problem(): string | undefined {
    if (this.handshake) return undefined;
    if (!this.connected) return 'nobody listens there; is the process running, and is the address right?';
    return `something listens there, but does not speak ZeroMQ${this.#refusal === undefined ? '' : ` (${this.#refusal})`}`;
  }
}

function beatProblem(ageMs: number | null, seconds: number): string | undefined {
  if (ageMs === null) return `no heartbeat within ${seconds} s; is it the PUB socket of one of our processes?`;
  return ageMs > MAX_BEAT_AGE_MS ? 'its heartbeats stopped' : undefined;
}

function gapProblem(gaps: number, missed: number): string | undefined {
  return gaps === 0 ? undefined : `${missed} messages were lost in ${gaps} gaps; is the machine or the network overloaded?`;
}
