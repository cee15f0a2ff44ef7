/** Reads an incoming request: target, headers, and a body within a bound. */
import type { IncomingMessage } from 'node:http';

export function remoteAddressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

export function textHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
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
