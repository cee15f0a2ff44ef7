/**
 * The life of a command that does one thing and ends (launcher, `zmq-test`, operator commands): ports, exit code, and with `--json` exactly
 * one line on stdout, also on failure.
 */
import { endWithShellOfNpm } from '../live/processes.ts';
import { createSecrets } from '../live/secrets.ts';
import { createTerminal } from '../live/terminal.ts';
import { createSecretRegistry } from '../observe/secret-registry.ts';
import type { EdgePorts } from '../ports/ports.ts';
import { EXIT, type ExitCode, exitCodeOf, failureLine, failureOf } from './exit-code.ts';
import { createLivePorts } from './live-ports.ts';

export interface ToolDefinition {
  /** As typed; also the name of its log file, with `_` for `-`. */
  readonly name: string;
  /** What it throws is told on stderr, with `--json` also as the line on stdout, and decides the exit code. */
  run(ports: EdgePorts, args: readonly string[]): Promise<ExitCode>;
  /** Synchronous: an unexpected error ends the process right after it. */
  onCrash?(): void;
  /** Rejections that nobody handles and that end nothing; without it each one is a crash. */
  readonly isHarmless?: (error: unknown) => boolean;
}

/** Runs until the tool is done and ends the process; never returns before. */
export async function runTool(tool: ToolDefinition): Promise<void> {
  const terminal = createTerminal();
  const secrets = createSecrets();
  const args = process.argv.slice(2);
  const fail = (error: unknown): ExitCode => {
    const { code, message } = failureOf(error);
    terminal.note(`${tool.name}: ${code}: ${message}`);
    if (args.includes('--json')) terminal.write(failureLine(error));
    return exitCodeOf(error);
  };
  const crash = (error: unknown) => {
    tool.onCrash?.();
    process.exit(fail(error));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', (error) => {
    if (!tool.isHarmless?.(error)) crash(error);
  });
  // Timers and idle sockets do not hold a process open, and the tool may be waiting for nothing else.
  setInterval(() => {}, 2 ** 30);

  endWithShellOfNpm();
  let end: (code: number) => void = (code) => process.exit(code);
  let exitCode: ExitCode = EXIT.failed;
  try {
    // Whoever asks a secured desk says by its key who it is.
    const keyFile = secrets.environment('FILLWRIGHT_CURVE_KEY_FILE');
    const peersFile = secrets.environment('FILLWRIGHT_CURVE_PEERS_FILE');
    const ports = createLivePorts({
      proc: tool.name.replaceAll('-', '_'),
      dataFolder: secrets.environment('FILLWRIGHT_DATA_DIR') ?? 'data',
      logFolder: secrets.environment('FILLWRIGHT_LOG_DIR') ?? 'logs',
      logLevel: 'info',
      screenLevel: 'error',
      alertOnErrors: false,
      terminal,
      secrets,
      registry: createSecretRegistry(),
      curve: keyFile === undefined || peersFile === undefined ? undefined : { keyFile, peersFile },
    });
    end = (code) => ports.processes.exit(code);
    exitCode = await tool.run(ports, args);
  } catch (error) {
    exitCode = fail(error);
  }
  end(exitCode);
}
