/** Pools of kept connections. (Node itself drops one on which something arrives unasked: the suites hold it to that.) */
import http from 'node:http';
import https from 'node:https';

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
  const plain = closing(new http.Agent(common), isOpen);
  const secure = closing(new https.Agent(options.ca === undefined ? common : { ...common, ca: options.ca }), isOpen);
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

function closing<A extends http.Agent>(agent: A, isOpen: () => boolean): A {
  const keep = agent.keepSocketAlive;
  agent.keepSocketAlive = (socket) => (isOpen() ? keep.call(agent, socket) : false);
  return agent;
}
