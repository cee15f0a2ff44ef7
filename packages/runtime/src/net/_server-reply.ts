/** Puts an answer of a handler on the wire, the deliberately broken ones included. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerReply } from '../ports/http-server.ts';

export const INTERNAL_ERROR: ServerReply = {
  type: 'reply',
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: '{"code":-1000,"msg":"internal"}',
};

/** @throws RangeError, TypeError when status or headers cannot be sent; nothing was written then. */
export function writeReply(request: IncomingMessage, response: ServerResponse, reply: ServerReply): void {
  const { socket } = request;
  switch (reply.type) {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'truncate': {
      const bytes = Buffer.from(reply.body);
      response.writeHead(reply.status, { 'content-length': String(bytes.length), connection: 'close' });
      response.flushHeaders();
      response.write(bytes.subarray(0, reply.bytes));
      socket.destroySoon();
      return;
    }
    case 'reply': {
      response.writeHead(reply.status, { ...reply.headers, ...lengthOf(reply) });
      // As text it goes out in one piece with the head.
      response.end(reply.body);
      return;
    }
  }
}

/** 204 and 304 have no body by definition; a length would be a lie about the next answer. */
function lengthOf({ status, body }: ServerReply & { readonly type: 'reply' }): Readonly<Record<string, string>> {
  return status === 204 || status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}
