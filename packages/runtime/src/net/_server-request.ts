/** Reads an incoming request: target, headers, and a body within a bound. */
import type { IncomingMessage } from 'node:http';

export function remoteAddressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The only header of a request that node keeps as a list: a server answers it, nobody sends it. */
const LISTED = 'set-cookie';

export function textHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const { headers } = request;
  const listed = headers[LISTED];
  // Otherwise all values are text already; a copy for each request would cost more than reading it.
  return (listed === undefined ? headers : { ...headers, [LISTED]: listed.join(', ') }) as Readonly<Record<string, string>>;
}

export interface BodyEvents {
  onBody(body: string): void;
  /** Once, instead of `onBody`: at the announced length if it is too long, else at the first byte too many. */
  onTooLarge(): void;
}

/** Neither event comes when the peer goes away in the middle of its body. */
export function readBody(request: IncomingMessage, maxBytes: number, events: BodyEvents): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    events.onTooLarge();
    return;
  }
  if (isBodiless(request)) {
    // What follows belongs to the next request; node reads the nothing there is once this one is answered.
    events.onBody('');
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let refused = false;
  request.on('data', (chunk: Buffer) => {
    if (refused) return;
    bytes += chunk.length;
    if (bytes > maxBytes) {
      refused = true;
      chunks.length = 0;
      return events.onTooLarge();
    }
    chunks.push(chunk);
  });
  request.on('end', () => {
    if (!refused) events.onBody(Buffer.concat(chunks).toString());
  });
}

function isBodiless({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}
