/** The simulator over https and wss: an unmodified client trades on it, trusting its certificate through NODE_EXTRA_CA_CERTS. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeskVenue } from './clients/desk-venue.ts';

const run = promisify(execFile);
/** Only a program that hangs takes so long; the test outlasts it, to tell what it said. */
const RUN_MS = 60_000;
const TEST_MS = 90_000;
const SUBJECT = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];

/** Self-signed, for this run only; `undefined` when there is no openssl. */
function makeCertificate(folder: string): { readonly certificate: string; readonly key: string } | undefined {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  try {
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...SUBJECT, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  } catch {
    return undefined; // no openssl on this machine: the test says so
  }
  return { certificate, key };
}

describe('the simulator with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-tls-'));
  const files = makeCertificate(folder);
  let venue: DeskVenue | undefined;

  beforeAll(async () => {
    if (files === undefined) return;
    const text = (file: string) => readFileSync(file, 'utf8');
    venue = await DeskVenue.start({ tls: { certificate: text(files.certificate), key: text(files.key) } });
    venue.simulator.setFlow(true);
  });
  afterAll(async () => {
    await venue?.stop();
    rmSync(folder, { recursive: true });
  });

  it.each(['binance-api-node.mjs', 'official.mjs', 'ccxt.mjs'])(
    'is traded on by %s as it is',
    async (name) => {
      if (venue === undefined || files === undefined) {
        console.warn('skipped: there is no openssl here to make a certificate with');
        return;
      }
      const { key, secret } = venue.credentials('demo');
      expect([venue.rest, venue.ws]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^wss:/)]);
      const trust = { NODE_EXTRA_CA_CERTS: files.certificate, NODE_OPTIONS: '' };
      const env = { ...process.env, ...trust, SIM_REST: venue.rest, SIM_WS: venue.ws, SIM_KEY: key, SIM_SECRET: secret };
      const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'snippets', name)], { env, timeout: RUN_MS });
      expect(stdout).toMatch(/^told true (NEW|open)$/m);
      expect(stdout).toMatch(/^cancelled (CANCELED|canceled)$/m);
      expect(venue.openOrders('demo')).toBe(0);
    },
    TEST_MS,
  );
});
