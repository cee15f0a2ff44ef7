/** Certificate and key of the futures listener, from the files that the INI names. */
import { AppError, DiskError, type ServerTls } from '@fillwright/runtime/ports';

/** Nothing when neither is named. @throws AppError `XSM_TLS_UNUSABLE` when one is missing or a file cannot be read. */
export function tlsOfFiles(
  certificateFile: string | undefined,
  keyFile: string | undefined,
  readText: (file: string) => string,
): { readonly tls?: ServerTls } {
  if (certificateFile === undefined && keyFile === undefined) return {};
  if (certificateFile === undefined || keyFile === undefined)
    throw new AppError('XSM_TLS_UNUSABLE', 'TLS needs both TLS_CERT_FILE and TLS_KEY_FILE; set the other one, or neither');
  const read = (key: string, file: string): string => {
    try {
      return readText(file);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      const why = error.code === 'absent' ? 'there is no such file' : error.code;
      throw new AppError('XSM_TLS_UNUSABLE', `${key} = ${file} cannot be read: ${why}`, { cause: error });
    }
  };
  return { tls: { certificate: read('TLS_CERT_FILE', certificateFile), key: read('TLS_KEY_FILE', keyFile) } };
}
