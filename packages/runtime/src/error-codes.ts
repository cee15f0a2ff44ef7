/** The one table of error codes; `docs/errors.md` is generated from it and a check holds it against the sources. Codes are never reused. */

/** Who reports it: the first three letters of a code. */
export const ERROR_AREAS = {
  BIN: 'Binance adapter',
  CFG: 'configuration',
  ENG: 'trading engine',
  JRN: 'journal',
  MKT: 'market-server',
  MSG: 'wire messages',
  POS: 'position-server',
  RUN: 'runtime: processes, sockets, files',
  SIM: 'simulated world',
  TRD: 'trader and strategies',
  VEN: 'venue adapters in general',
  XSM: 'exchange simulator',
} as const satisfies Readonly<Record<string, string>>;

/** Code → what it means, in one line; what to do next stands in the message itself. */
export const ERROR_CODES = {} as const satisfies Readonly<Record<string, string>>;

export type ErrorCode = keyof typeof ERROR_CODES;
