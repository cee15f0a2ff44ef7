/** Live ports for tests of the tools, with a terminal that keeps what is written. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLivePorts, createSecretRegistry, createSecrets, type EdgePorts, type Terminal } from '@fillwright/runtime';

export class PaperTerminal implements Terminal {
  readonly interactive = false;
  readonly columns = 80;
  readonly rows = 24;
  written = '';
  noted = '';

  write(text: string): void {
    this.written += text;
  }

  note(line: string): void {
    this.noted += `${line}\n`;
  }
}

export function testPorts(): EdgePorts & { readonly terminal: PaperTerminal } {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-tools-'));
  const terminal = new PaperTerminal();
  const options = { proc: 'test', dataFolder: folder, logFolder: folder, logLevel: 'info', screenLevel: 'error' } as const;
  const around = { terminal, secrets: createSecrets({}), registry: createSecretRegistry() };
  return { ...createLivePorts({ ...options, alertOnErrors: false, ...around }), terminal };
}
