/** Keeps plain sockets on this machine: an endpoint that others can reach needs CURVE keys, or whoever reaches it could trade. */
import type { Finding } from './key.ts';

/** This machine only: the loopback interface, files, the process itself. */
const LOCAL = /^(tcp:\/\/(127(\.\d{1,3}){3}|localhost|\[::1\]):|ipc:\/\/|inproc:\/\/)/;

export function isLocalEndpoint(endpoint: string): boolean {
  return LOCAL.test(endpoint);
}

/** What speaks against the `[ZMQ]` section as far as it was read. */
export function curveFindings(zmq: Readonly<Record<string, unknown>>): readonly Finding[] {
  const { CURVE_KEY_FILE: keyFile, CURVE_PEERS_FILE: peersFile } = zmq;
  if ((keyFile === undefined) !== (peersFile === undefined)) {
    const [key, other] = keyFile === undefined ? ['CURVE_KEY_FILE', 'CURVE_PEERS_FILE'] : ['CURVE_PEERS_FILE', 'CURVE_KEY_FILE'];
    return [{ severity: 'fault', section: 'ZMQ', key, text: `a file, because ${other} is set: CURVE needs both` }];
  }
  if (keyFile !== undefined) return [];
  return Object.entries(zmq).flatMap(([key, value]) => {
    const open = (Array.isArray(value) ? value : [value]).find((item) => typeof item === 'string' && !isLocalEndpoint(item));
    if (!key.endsWith('_ENDPOINT') || open === undefined) return [];
    const text = `an address of this machine such as tcp://127.0.0.1:…, or CURVE_KEY_FILE and CURVE_PEERS_FILE to be set (npx fillwright keys make): without keys whoever reaches ${open} could listen and trade`;
    return [{ severity: 'fault', section: 'ZMQ', key, text }];
  });
}
