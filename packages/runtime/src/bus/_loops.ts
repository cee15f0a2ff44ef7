/** The two loops around a socket: one reader of frames, one reader of link events. Nothing a peer does ends them; only closing does. */
import type * as zmq from 'zeromq';
import type { LinkEvent } from '../ports/bus.ts';

interface FrameSource {
  readonly closed: boolean;
  receive(): Promise<Buffer[]>;
}

/** Hands over every message until the socket is closed; resolves then. */
export async function readFrames(source: FrameSource, onFrames: (frames: Buffer[]) => void): Promise<void> {
  while (!source.closed) {
    let frames: Buffer[];
    try {
      frames = await source.receive();
    } catch (error) {
      if (source.closed) return;
      raise(error);
      return;
    }
    try {
      onFrames(frames);
    } catch (error) {
      raise(error);
    }
  }
}

/**
 * Reports connections until the socket is closed; resolves when libzmq has let go of it, so that its port is free.
 * A monitor that fails costs the reports, never the socket.
 */
export async function readLinks(socket: zmq.Socket, onLink: (event: LinkEvent) => void): Promise<void> {
  const monitor = socket.events;
  try {
    for (;;) {
      const event = await monitor.receive();
      if (event.type === 'end') return;
      const link = linkEventFrom(event);
      if (link !== undefined && !socket.closed) guarded(() => onLink(link));
    }
  } catch {
    // The monitor ends with an error when its socket is closed under it.
  }
}

function linkEventFrom(event: zmq.Event): LinkEvent | undefined {
  switch (event.type) {
    case 'accept':
      return { endpoint: event.address, type: 'accepted' };
    case 'connect':
      return { endpoint: event.address, type: 'connected' };
    case 'handshake':
      return { endpoint: event.address, type: 'handshake' };
    case 'handshake:error:protocol':
    case 'handshake:error:auth':
    case 'handshake:error:other':
      return { endpoint: event.address, type: 'handshake-failed', detail: `${event.type.slice(16)}: ${event.error.message}` };
    case 'disconnect':
      return { endpoint: event.address, type: 'disconnected' };
    case 'connect:retry':
      return { endpoint: event.address, type: 'retrying', detail: `in ${event.interval} ms` };
    default:
      return undefined;
  }
}

function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    raise(error);
  }
}

/** A handler that throws is our own bug: it must reach the process' last-resort handler, and must not end the loop it ran in. */
function raise(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
