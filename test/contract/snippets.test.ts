/** The programs of `docs/exchange-simulator.md`: each is in the page word by word, and each runs against the simulator as it is. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeskVenue } from './clients/desk-venue.ts';

const folder = join(import.meta.dirname, 'snippets');
const page = readFileSync(join(import.meta.dirname, '../../docs/exchange-simulator.md'), 'utf8');
const names = readdirSync(folder).sort();
const run = promisify(execFile);
/** Only a program that hangs takes so long; the test outlasts it, to tell what it said. */
const RUN_MS = 60_000;
const TEST_MS = 90_000;

describe('the snippets of the documentation', () => {
  let venue: DeskVenue;

  beforeAll(async () => {
    venue = await DeskVenue.start();
    venue.simulator.setFlow(true);
  });
  afterAll(() => venue.stop());

  it('are one for each client', () => {
    expect(names).toEqual(['binance-api-node.mjs', 'binance.mjs', 'ccxt.mjs', 'node-binance-api.mjs', 'official.mjs']);
  });

  it.each(names)('%s stands in the page as it is', (name) => {
    expect(page).toContain(`\`\`\`js\n${readFileSync(join(folder, name), 'utf8')}\`\`\``);
  });

  it.each(names)(
    '%s runs: an order is told and cancelled',
    async (name) => {
      const { key, secret } = venue.credentials('demo');
      const env = {
        ...process.env,
        NODE_OPTIONS: '',
        SIM_REST: venue.rest,
        SIM_WS: venue.ws,
        SIM_KEY: key,
        SIM_SECRET: secret,
        LOG_LEVEL: 'error',
      };
      const { stdout } = await run(process.execPath, [join(folder, name)], { env, timeout: RUN_MS });
      const said = stdout.split('\n').filter((line) => /^(told|cancelled) /.test(line));
      expect(said[0]).toMatch(/^told true (NEW|open)$/);
      expect(said[1]).toMatch(/^cancelled (CANCELED|canceled)$/);
      expect(venue.openOrders('demo')).toBe(0);
    },
    TEST_MS,
  );
});
