/** `[MONITORING]` and `[JOURNAL]` keys: the same in every process. */
import { boolean, integer, milliseconds, oneOf, path, text } from '../kinds.ts';
import { type PlannedProcess, plannedPort } from '../port-plan.ts';

export function monitoring(process: PlannedProcess) {
  return {
    ENABLE_METRICS: boolean({
      doc: 'Writes the periodic METRICS line to the log. `/metrics` is served either way.',
      when: 'false to keep logs short when Prometheus collects the same numbers.',
      default: 'true',
    }),
    METRICS_INTERVAL_MS: milliseconds({
      doc: 'Time between two METRICS lines.',
      when: 'Shorter while you look for something.',
      default: '10000',
      min: 100,
      max: 3_600_000,
    }),
    HEALTH_CHECK_INTERVAL_MS: milliseconds({
      doc: 'How often the process looks at its own health; a change is logged with its reasons.',
      when: 'Rarely: `/health/ready` is always current.',
      default: '1000',
      min: 100,
      max: 60_000,
    }),
    LOG_PERFORMANCE_METRICS: boolean({
      doc: 'Adds latency percentiles to the METRICS line.',
      when: 'false to keep the line short.',
      default: 'true',
    }),
    ALERT_ON_ERRORS: boolean({
      doc: 'Marks each error line with `"alert":true`, for whoever watches the log; errors are counted in `/metrics` either way.',
      when: 'false when the watcher goes by the metric.',
      default: 'true',
    }),
    HTTP_STATUS_HOST: text({
      doc: 'Address on which health and metrics are served. They tell no secrets, but are for nobody outside.',
      when: '0.0.0.0 in a container, so that Prometheus reaches it over the internal network.',
      default: '127.0.0.1',
      pattern: /^[A-Za-z0-9_.:-]+$/,
      expected: 'an address such as 127.0.0.1',
    }),
    HTTP_STATUS_PORT: integer({
      doc: 'Port on HTTP_STATUS_HOST for `/health/live`, `/health/ready` and `/metrics`; 0 takes any free one (it is in the log).',
      when: 'When the port is taken, or for a second account (ports + 100).',
      default: String(plannedPort(process, 'HTTP_STATUS_PORT')),
      min: 0,
      max: 65_535,
    }),
  };
}

export const dataFolder = path({
  doc: 'Folder of everything this process keeps (journal, databases, pid file); below it one folder per exchange, account and process.',
  when: 'To put data on its own disk. Never share it between simulator, testnet and live.',
  default: 'data',
  env: 'FILLWRIGHT_DATA_DIR',
});

export const journal = {
  JOURNAL_DIR: dataFolder,
  JOURNAL_SYNC: oneOf(['normal', 'full'], {
    doc: 'normal: the journal survives a crash of the process. full: effects also wait until it would survive a power cut.',
    when: 'full when the machine may lose power and its disk is fast.',
    default: 'normal',
  }),
  JOURNAL_BACKLOG_MB: integer({
    doc: 'Alarm when the journal must keep more than this for a durable consumer (a position-server that is down). Nothing is forgotten.',
    when: 'Smaller on a small disk.',
    unit: 'MB',
    default: '4096',
    min: 1,
    max: 1_000_000,
  }),
};
