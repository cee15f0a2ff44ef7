import { DiskError } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { tlsOfFiles } from '../../src/options/tls-files.ts';

const read = (file: string): string => {
  if (file === 'absent.pem') throw new DiskError('absent', file);
  return `text of ${file}`;
};

describe('certificate and key of the venue', () => {
  it('are read from both files, or there is no TLS', () => {
    expect(tlsOfFiles('c.pem', 'k.pem', read)).toEqual({ tls: { certificate: 'text of c.pem', key: 'text of k.pem' } });
    expect(tlsOfFiles(undefined, undefined, read)).toEqual({});
  });

  it.each([
    ['c.pem', undefined, /set the other one/],
    [undefined, 'k.pem', /set the other one/],
    ['absent.pem', 'k.pem', /TLS_CERT_FILE = absent.pem cannot be read: there is no such file/],
    ['c.pem', 'absent.pem', /TLS_KEY_FILE = absent.pem/],
  ])('are refused when %s and %s are named', (certificate, key, why) => {
    expect(() => tlsOfFiles(certificate, key, read)).toThrow(why);
  });
});
