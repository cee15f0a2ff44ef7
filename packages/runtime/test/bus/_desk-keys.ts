/** Key files of a made-up desk in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPeers, writeOwnKey, writePeers } from '../../src/bus/curve/key-files.ts';
import { newKeyPair } from '../../src/bus/curve/key-pair.ts';
import { Keyring } from '../../src/bus/curve/keyring.ts';
import type { Peer } from '../../src/bus/curve/peer-list.ts';
import { createSystemClock } from '../../src/live/system-clock.ts';
import type { Log } from '../../src/ports/log.ts';

export interface DeskKeys {
  readonly peersFile: string;
  keyFile(name: string): string;
  add(name: string, rights?: Partial<Omit<Peer, 'name' | 'publicKey'>>): Peer;
  change(change: (peers: readonly Peer[]) => readonly Peer[]): void;
  revoke(name: string): void;
  keyring(name: string, log?: Log): Keyring;
  dispose(): void;
}

export function deskKeys(): DeskKeys {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-keys-'));
  const peersFile = join(folder, 'peers.json');
  const keyFile = (name: string): string => join(folder, `${name}.key`);
  const keyrings: Keyring[] = [];
  const change = (by: (peers: readonly Peer[]) => readonly Peer[]): void => {
    writePeers(peersFile, by(readPeers(peersFile, true)));
    for (const keyring of keyrings) keyring.refresh();
  };
  return {
    peersFile,
    keyFile,
    change,
    add(name, rights = {}) {
      const pair = newKeyPair();
      const peer: Peer = { name, publicKey: pair.publicKey, roles: ['listen'], binds: [], ...rights };
      writeOwnKey(keyFile(name), { name, ...pair });
      change((peers) => [...peers, peer]);
      return peer;
    },
    revoke: (name) => change((peers) => peers.map((peer) => (peer.name === name ? { ...peer, revoked: '2026-11-21T00:00:00Z' } : peer))),
    keyring(name, log) {
      const keyring = new Keyring({ keyFile: keyFile(name), peersFile, clock: createSystemClock(), log });
      keyrings.push(keyring);
      return keyring;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
