/** Where a process serves its health: from its command line and its INI file, taken as the process itself takes them. Plain JavaScript: it starts fast. */
import { basename } from 'node:path';
import { parse } from 'ini';

/** Program → `HTTP_STATUS_PORT` when the file does not name it (packages/runtime/src/config/port-plan.ts). */
const PLANNED_PORTS = {
  'market-server': 9101,
  'trading-engine': 9102,
  'position-server': 9103,
  trader: 9104,
  'exchange-simulator': 9105,
};
const ONE_FILE = ['trader', 'exchange-simulator'];
/** Whoever listens everywhere is asked here. */
const EVERYWHERE = ['0.0.0.0', '::', '*'];

/**
 * @param {readonly string[]} commandLine
 * @param {(path: string) => string} read
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {{ readonly host: string, readonly port: string }}
 */
export function statusAddress(commandLine, read, environment) {
  const at = commandLine.findIndex((arg) => arg.endsWith('.mjs'));
  const program = basename(commandLine[at] ?? '', '.mjs').replaceAll('_', '-');
  const planned = Object.hasOwn(PLANNED_PORTS, program) ? PLANNED_PORTS[program] : undefined;
  if (planned === undefined) throw new Error(`no process of a desk: ${commandLine.join(' ').trim()}`);
  const keys = monitoringKeys(read(configPath(program, commandLine.slice(at + 1))), environment);
  const host = keys.get('HTTP_STATUS_HOST') ?? '127.0.0.1';
  return { host: EVERYWHERE.includes(host) ? '127.0.0.1' : host, port: keys.get('HTTP_STATUS_PORT') ?? String(planned) };
}

/** As packages/runtime/src/process/command-line.ts settles it. */
function configPath(program, args) {
  const [first, second] = args.filter((arg, index) => arg !== '' && !arg.startsWith('-') && args[index - 1] !== '--log-level');
  const path = second === undefined && /[./\\]/.test(first ?? '') ? first : second;
  if (path !== undefined) return path;
  const file = program.replaceAll('-', '_');
  return ONE_FILE.includes(program) ? `config/${file}.ini` : `config/${file}_${(first ?? '').toLowerCase()}.ini`;
}

/** Line by line, as packages/runtime/src/config/ini-lines.ts reads: spaces, quotes and comments behind a value are allowed. */
function monitoringKeys(text, environment) {
  const keys = new Map();
  let isInside = false;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line.startsWith('[')) isInside = /^\[\s*MONITORING\s*\]/.test(line);
    else if (isInside && line.includes('=') && !/^[;#]/.test(line)) {
      const [[key, value] = ['', '']] = Object.entries(parse(line));
      keys.set(
        key,
        String(value).replace(/\$\{([^}]*)\}/g, (_, name) => environment[name] ?? ''),
      );
    }
  }
  return keys;
}
