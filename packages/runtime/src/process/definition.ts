/** What a service's `main.ts` says about itself, and the part of every configuration that process start-up needs. */
import type { ConfigSpec, Key, Section, SectionValue, SpecSections, SpecValue } from '../config/key.ts';
import type { monitoring } from '../config/keys/monitoring.ts';
import type { EdgePorts } from '../ports/ports.ts';
import type { ExitCode } from './exit-code.ts';
import type { Service } from './service.ts';

type MonitoringKeys = ReturnType<typeof monitoring>;

/** The sections without which a process cannot be started and observed. */
export type CommonSections = SpecSections & {
  readonly GLOBAL: Section<{ readonly PROCESS_NAME: Key<string>; readonly LOG_LEVEL: Key<'DEBUG' | 'INFO' | 'WARN' | 'ERROR'> }>;
  readonly MONITORING: Section<MonitoringKeys>;
};

/** What start-up reads from any configuration; the optional parts where a process has them. */
export interface CommonConfig {
  readonly GLOBAL: {
    readonly PROCESS_NAME: string;
    readonly LOG_LEVEL: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
    readonly EXCHANGE_NAME?: string;
    readonly ACCOUNT_ID?: string;
    readonly TRADER_ID?: string;
    readonly BUSY_POLL?: boolean;
  };
  readonly MONITORING: SectionValue<MonitoringKeys>;
  readonly ZMQ?: { readonly CURVE_KEY_FILE?: string | undefined; readonly CURVE_PEERS_FILE?: string | undefined };
  readonly JOURNAL?: { readonly JOURNAL_DIR: string };
  readonly LEDGER?: { readonly DATA_DIR: string };
  readonly PERFORMANCE?: { readonly HTTP_POOL_SIZE: number; readonly MEMORY_LIMIT_MB: number; readonly CPU_LIMIT_PERCENT: number };
}

/** What an extra flag such as `--test-auth` found out. */
export interface ExtraReport {
  readonly exitCode: ExitCode;
  /** For a person, on stderr. */
  readonly lines: readonly string[];
  /** For `--json`, on stdout. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A flag that does one thing with the configuration and ends, instead of starting the service. */
export interface ExtraFlag<C> {
  readonly flag: `--${string}`;
  readonly doc: string;
  run(ports: EdgePorts, config: C): Promise<ExtraReport>;
}

export interface ProcessDefinition<P extends CommonSections, S extends Service> {
  /** As typed, and the name of its data folder: `trading-engine`. */
  readonly name: string;
  readonly spec: ConfigSpec<P>;
  /** The file when none is given; `exchange` in lower case. `undefined`: cannot be told, which is a usage error. */
  readonly defaultConfigPath: (exchange: string | undefined) => string | undefined;
  readonly build: (ports: EdgePorts, config: SpecValue<P>) => S | Promise<S>;
  readonly extras?: readonly ExtraFlag<SpecValue<P>>[];
  /** The line on stdout once it is up, with and without `--json`; default: one with `--json` only. */
  readonly readyLine?: (service: S, config: SpecValue<P>) => Readonly<Record<string, unknown>>;
  /** What `stop` may take; default 4 s. */
  readonly stopBudgetMs?: number;
}

/** The usual shape: `config/<file>_<exchange>.ini`. */
export function configPerExchange(file: string): (exchange: string | undefined) => string | undefined {
  return (exchange) => (exchange === undefined ? undefined : `config/${file}_${exchange}.ini`);
}
