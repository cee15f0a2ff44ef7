/** What the operating system says went wrong, in the words of the Disk port. */
import { DiskError, type DiskErrorCode } from '../ports/disk.ts';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOENT: 'absent',
};

export function systemCode(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

export function diskError(path: string, error: unknown): DiskError {
  if (error instanceof DiskError) return error;
  return new DiskError(CODES[systemCode(error)] ?? 'failed', path, error);
}
