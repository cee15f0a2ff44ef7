/** What HTTP and WebSocket put on a simulated connection, one unit each. */

export interface RequestUnit {
  readonly type: 'request';
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AnswerUnit {
  readonly type: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** False: the connection ended in the middle of the body. */
  readonly complete: boolean;
  readonly keepAlive: boolean;
}

export interface UpgradeUnit {
  readonly type: 'upgrade';
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type UpgradeAnswerUnit = { readonly type: 'upgraded' } | { readonly type: 'upgrade-refused'; readonly status: number };

export type FrameUnit =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'ping'; readonly payload: Uint8Array }
  | { readonly type: 'pong'; readonly payload: Uint8Array }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

/** About what heads take on a real wire; only buffer sizes depend on it. */
export const HEAD_BYTES = 200;

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Path and query as written: a signature covers them byte for byte. */
export function targetOf(url: string): string {
  const authority = url.indexOf('//') + 2;
  for (let index = authority; index < url.length; index++) {
    if (url[index] === '/') return url.slice(index);
    if (url[index] === '?') return `/${url.slice(index)}`;
  }
  return '/';
}

export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const name of Object.keys(headers)) lower[name.toLowerCase()] = headers[name] ?? '';
  return lower;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

/** `undefined` when it is no address of one of these schemes. */
export function addressOf(url: string, schemes: readonly string[]): { readonly host: string; readonly port: number } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (!schemes.includes(protocol)) return undefined;
  return { host: hostname, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) };
}
