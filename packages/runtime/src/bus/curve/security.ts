/** Everything a bus needs to speak CURVE: its own ZeroMQ context with the one ZAP handler, the keys, the seals, the audit. */
import * as zmq from 'zeromq';
import type { PeerOrigin } from '../../ports/bus.ts';
import type { Log } from '../../ports/log.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { CurveSettings } from '../_sockets.ts';
import type { Keyring } from './keyring.ts';
import type { Peer } from './peer-list.ts';
import { Refusals } from './refusals.ts';
import { Sealer } from './seal.ts';
import { z85FromBytes } from './z85.ts';
import { ZapHandler } from './zap-handler.ts';

export class Security {
  readonly keyring: Keyring;
  readonly refusals: Refusals;
  readonly zap: ZapHandler;
  readonly #context = new zmq.Context();
  readonly #sealer: Sealer;
  readonly #log: Log | undefined;
  #bound = 0;

  constructor(keyring: Keyring, log: Log | undefined, metrics: Metrics | undefined) {
    this.keyring = keyring;
    this.refusals = new Refusals(log, metrics);
    this.zap = new ZapHandler(this.#context, keyring, this.refusals);
    this.#sealer = new Sealer(keyring.own);
    this.#log = log;
  }

  get log(): Log | undefined {
    return this.#log;
  }

  /** Tells the sockets of this bus apart when keys are let in. */
  nextDomain(): string {
    this.#bound += 1;
    return `socket-${this.#bound}`;
  }

  serving(domain: string): CurveSettings {
    return { context: this.#context, curveServer: true, ...this.#ownKeys(), zapDomain: domain };
  }

  connectingTo(server: Peer): CurveSettings {
    return { context: this.#context, ...this.#ownKeys(), curveServerKey: z85FromBytes(Buffer.from(server.publicKey, 'hex')) };
  }

  /** The frames of a request: body, who asks, and the proof of it. */
  seal(server: Peer, body: Uint8Array): Uint8Array[] {
    return [body, Buffer.from(this.keyring.own.name), this.#sealer.code(server.publicKey, body)];
  }

  /** Body and sender of a sealed request; `undefined`, noted, when the proof does not hold. */
  unseal(frames: readonly Uint8Array[]): { readonly body: Uint8Array; readonly origin: PeerOrigin } | undefined {
    const [body, nameFrame, code, ...more] = frames;
    const name = nameFrame === undefined ? '' : Buffer.from(nameFrame.subarray(0, 64)).toString('utf8');
    const peer = this.keyring.byName(name);
    if (body !== undefined && code !== undefined && more.length === 0 && peer !== undefined) {
      if (this.#sealer.isGenuine(peer.publicKey, body, code)) return { body, origin: peer };
    }
    this.refusals.note('bad-seal', { peer: peer?.name });
    return undefined;
  }

  async close(): Promise<void> {
    this.keyring.close();
    await this.zap.close();
  }

  #ownKeys(): CurveSettings {
    const { publicKey, secretKey } = this.keyring.own;
    return {
      curvePublicKey: z85FromBytes(Buffer.from(publicKey, 'hex')),
      curveSecretKey: z85FromBytes(Buffer.from(secretKey, 'hex')),
    };
  }
}
