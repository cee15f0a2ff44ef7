/** Stands between the simulator and its sockets, so that a test can make the venue wrong on the wire without touching the venue. */
import type { HttpServer, ServerReply, ServerRequest, ServerSocket } from '@fillwright/runtime/ports';

type Answer = ServerReply | Promise<ServerReply>;

export interface Wire {
  /** In place of the venue; `next` asks it. */
  http?(request: ServerRequest, next: (request: ServerRequest) => Answer): Answer;
  /** In place of sending a frame; `path` is the one that the client connected to. */
  frame?(text: string, path: string, send: (text: string) => void): void;
}

export function wired(server: HttpServer, wire: Wire): HttpServer {
  return {
    listen: (options, handlers) =>
      server.listen(options, {
        request: (request) => (wire.http === undefined ? handlers.request(request) : wire.http(request, (one) => handlers.request(one))),
        socket: (upgrade, socket) => handlers.socket?.(upgrade, wiredSocket(socket, upgrade.path, wire)),
      }),
  };
}

function wiredSocket(socket: ServerSocket, path: string, wire: Wire): ServerSocket {
  if (wire.frame === undefined) return socket;
  return {
    remoteAddress: socket.remoteAddress,
    send: (text) => wire.frame?.(text, path, (one) => socket.send(one)),
    ping: (payload) => socket.ping(payload),
    pausePongs: (paused) => socket.pausePongs(paused),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
  };
}
