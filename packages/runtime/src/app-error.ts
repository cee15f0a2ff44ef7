/** The one error class of the product: a stable, searchable code, a message that says what to do, and the facts. */
export class AppError extends Error {
  override readonly name = 'AppError';
  /** e.g. `ENG_ORDER_UNKNOWN`; every code is listed in `docs/errors.md`. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
