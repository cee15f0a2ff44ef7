/** What a Node error says, on one line; errors of several attempts (one per address) carry their text in `errors`. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(errorText).join('; ');
  if (error instanceof Error) return error.message === '' ? errorCode(error) : error.message;
  return String(error);
}

/** The `code` of a Node error, `''` when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
