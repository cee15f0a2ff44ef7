/** Names what went wrong with a request, and whether the peer can have seen any of it. */
import type { HttpFailure, HttpFailureReason } from '../ports/http-client.ts';
import { errorCode, errorText } from './_error-text.ts';

/**
 * How far a request came. Up to `connecting` not one byte of it can have left: it waits for a connection, or the connection (with TLS:
 * its handshake) is not made. From `writing` on nobody on this side knows what the peer has seen.
 */
export type Progress = 'queued' | 'connecting' | 'writing';

const BEFORE_CONNECTED: Readonly<Record<string, HttpFailureReason>> = {
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EAI_FAIL: 'unresolved',
  EAI_NODATA: 'unresolved',
  EAI_NONAME: 'unresolved',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'cut',
  EPROTO: 'malformed',
  ERR_INVALID_URL: 'malformed',
  ERR_INVALID_PROTOCOL: 'malformed',
  ERR_UNESCAPED_CHARACTERS: 'malformed',
  ERR_INVALID_CHAR: 'malformed',
  ERR_INVALID_HTTP_TOKEN: 'malformed',
  ERR_HTTP_INVALID_HEADER_VALUE: 'malformed',
  ERR_BAD_REQUEST: 'malformed',
};

export function httpFailure(reason: HttpFailureReason, progress: Progress, message: string): HttpFailure {
  return { type: 'failure', reason, sent: progress === 'writing' ? 'maybe' : 'no', message };
}

/** @param maxBytes the bound that the answer was read with */
export function failureFromError(error: unknown, progress: Progress, maxBytes: number): HttpFailure {
  const code = errorCode(error);
  const text = code === '' ? errorText(error) : `${code}: ${errorText(error)}`;
  if (progress !== 'writing') return httpFailure(BEFORE_CONNECTED[code] ?? 'refused', progress, text);
  return httpFailure(reasonAfterWriting(code, errorText(error), maxBytes), progress, text);
}

function reasonAfterWriting(code: string, message: string, maxBytes: number): HttpFailureReason {
  // axios has no code of its own for this; the suites hold the text.
  if (message === `maxContentLength size of ${maxBytes} exceeded` || code === 'HPE_HEADER_OVERFLOW') return 'too-large';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') return 'malformed';
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_BROTLI')) return 'malformed';
  return 'cut';
}
