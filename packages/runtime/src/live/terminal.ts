/** Stdout and stderr of this process. A reader that goes away (a closed pipe) never brings the process down. */
import type { Terminal } from '../ports/terminal.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export function createTerminal(stdout: NodeJS.WriteStream = process.stdout, stderr: NodeJS.WriteStream = process.stderr): Terminal {
  surviveClosedPipe(stdout);
  surviveClosedPipe(stderr);
  return {
    get interactive() {
      return stdout.isTTY === true;
    },
    get columns() {
      return stdout.columns ?? DEFAULT_COLUMNS;
    },
    get rows() {
      return stdout.rows ?? DEFAULT_ROWS;
    },
    write: (text) => {
      stdout.write(text);
    },
    note: (line) => {
      stderr.write(`${line}\n`);
    },
  };
}

/** Without a listener, EPIPE on a standard stream is an uncaught exception: a dying launcher would take its children along. */
export function surviveClosedPipe(stream: NodeJS.WriteStream): void {
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
}
