/** Our own bug on the sending side: a value that must never get on the wire. `code` as in `AppError` of the runtime. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly code: 'MSG_FLOAT' | 'MSG_UNENCODABLE' | 'MSG_OVERSIZED' | 'MSG_INVALID';

  constructor(code: MessageError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
