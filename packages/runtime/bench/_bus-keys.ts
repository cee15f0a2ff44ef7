/** The keys of the two processes of the bus bench, in a folder that goes with it. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOwnKey, writePeers } from '../src/bus/curve/key-files.ts';
import { newKeyPair } from '../src/bus/curve/key-pair.ts';
import type { Peer } from '../src/bus/curve/peer-list.ts';

export interface BenchKeys {
  readonly folder: string;
  readonly parentPort: number;
  readonly peerPort: number;
  dispose(): void;
}

export async function benchKeys(): Promise<BenchKeys> {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-bench-'));
  const [parentPort, peerPort] = [await freePort(), await freePort()];
  const peers = [makePeer(folder, 'parent', parentPort), makePeer(folder, 'peer', peerPort)];
  writePeers(join(folder, 'peers.json'), peers);
  return { folder, parentPort, peerPort, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

function makePeer(folder: string, name: string, port: number): Peer {
  const pair = newKeyPair();
  writeOwnKey(join(folder, `${name}.key`), { name, ...pair });
  return { name, publicKey: pair.publicKey, roles: ['market'], binds: [String(port)] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
