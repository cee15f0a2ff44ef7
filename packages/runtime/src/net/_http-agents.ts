/** Pools of kept-alive connections. A pooled connection on which anything arrives unasked is out of step and is dropped. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

export interface PoolOptions {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly idleSocketMs: number;
  readonly ca: string | undefined;
}

export interface Pools {
  readonly plain: http.Agent;
  readonly secure: https.Agent;
  /** Closes every connection, and at once those that come about later: Node opens one for a queued request even if that was given up. */
  close(): void;
}

export function createPools(options: PoolOptions): Pools {
  const common = {
    keepAlive: options.keepAlive,
    maxSockets: options.maxSockets,
    maxFreeSockets: options.maxSockets,
    // Of a pooled connection only: a request resets it to none while it runs (its own deadline rules then).
    timeout: options.idleSocketMs,
    noDelay: true,
  };
  let open = true;
  const isOpen = (): boolean => open;
  const plain = guarded(new http.Agent(common), isOpen);
  const secure = guarded(new https.Agent(options.ca === undefined ? common : { ...common, ca: options.ca }), isOpen);
  return {
    plain,
    secure,
    close: () => {
      open = false;
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Otherwise the next request on the connection would read the tail of somebody else's answer as its own. */
function guarded<A extends http.Agent>(agent: A, isOpen: () => boolean): A {
  const keep = agent.keepSocketAlive;
  const reuse = agent.reuseSocket;
  agent.keepSocketAlive = (socket) => {
    if (!isOpen()) return false;
    socket.on('data', dropOutOfStep);
    return keep.call(agent, socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', dropOutOfStep);
    reuse.call(agent, socket, request);
  };
  return agent;
}

function dropOutOfStep(this: Duplex): void {
  this.destroy();
}
