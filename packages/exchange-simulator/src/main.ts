/** `exchange-simulator [CONFIG] [--json] [--venue-log FILE]`. */
import { basename, dirname, resolve } from 'node:path';
import { AppError, createNodeDisk, createReadOnlyDisk, runProcess } from '@fillwright/runtime';
import { optionsOfConfig, simulatorSpec } from './options/config.ts';
import { tlsOfFiles } from './options/tls-files.ts';
import { ExchangeSimulator } from './simulator.ts';

/** Takes `--venue-log FILE` out of the command line; the rest is common to all processes. */
function takeVenueLog(args: string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--venue-log' || arg.startsWith('--venue-log='));
  if (at < 0) return undefined;
  const [flag = ''] = args.splice(at, 1);
  const file = flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : args.splice(at, 1)[0];
  return file === undefined ? '' : file;
}

/** The text of a file by its path, from where the process was started. */
function readText(file: string): string {
  const path = resolve(file);
  return Buffer.from(createNodeDisk(dirname(path)).readWhole(basename(path))).toString('utf8');
}

const venueLog = takeVenueLog(process.argv);

await runProcess({
  name: 'exchange-simulator',
  spec: simulatorSpec,
  defaultConfigPath: () => 'config/exchange_simulator.ini',
  build: (ports, config) => {
    const { TLS_CERT_FILE, TLS_KEY_FILE } = config.VENUE;
    const options = {
      ...optionsOfConfig(config),
      freshIds: config.VENUE.CLOCK === 'real',
      ...tlsOfFiles(TLS_CERT_FILE, TLS_KEY_FILE, readText),
    };
    const recordings = createReadOnlyDisk(config.REPLAY.FOLDER);
    if (venueLog === undefined) return new ExchangeSimulator({ ...ports, recordings }, options);
    if (venueLog === '') throw new AppError('RUN_USAGE', '--venue-log needs a file: exchange-simulator CONFIG --venue-log FILE');
    const path = resolve(venueLog);
    return new ExchangeSimulator(
      { ...ports, recordings, logDisk: createNodeDisk(dirname(path)) },
      { ...options, venueLog: basename(path) },
    );
  },
  readyLine: (venue) => ({ ...venue.info }),
});
