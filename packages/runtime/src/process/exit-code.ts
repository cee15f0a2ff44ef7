/** What the exit code of every program of ours says. */
import { AppError } from '../app-error.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE = /^(CFG_|RUN_USAGE$)/;
const UNREACHABLE = /_(NOT_REACHABLE|UNREACHABLE)$/;

/** By the error's code: configuration and usage 2, a peer or venue that does not answer 3, all else 1. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof AppError)) return EXIT.failed;
  if (USAGE.test(error.code)) return EXIT.usage;
  return UNREACHABLE.test(error.code) ? EXIT.unreachable : EXIT.failed;
}

/** Code and message of anything thrown, for a person and for `--json`. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'RUN_UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

/** The one line that stands on stdout with `--json` after a failure. */
export function failureLine(error: unknown): string {
  return `${JSON.stringify({ ok: false, error: failureOf(error) })}\n`;
}
