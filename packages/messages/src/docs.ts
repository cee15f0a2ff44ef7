/** `docs/wire.md` as text: the rules in prose, then every message from the catalog with its fields and its example. */
import { CATALOG, type MessageType } from './catalog.ts';
import { MAX_MESSAGE_BYTES } from './codec.ts';
import { MAX_DEPTH } from './codec-scan.ts';
import { ABOUT } from './docs-about.ts';
import { CHAPTERS, SESSION } from './docs-chapters.ts';
import { fieldTable, SHAPES } from './docs-schema.ts';
import { envelopeSchema } from './envelope.ts';
import { EXAMPLES, exampleEnvelope } from './examples.ts';

export interface PortRow {
  readonly process: string;
  readonly key: string;
  readonly port: number;
  readonly transport: string;
  readonly carries: string;
}

/** Headings of the message reference, and what belongs below each. */
const GROUPS: readonly { readonly title: string; readonly streams: readonly string[] }[] = [
  { title: 'Commands (7003)', streams: ['command'] },
  { title: 'Engine (6002, 6017, 6018)', streams: ['order', 'answer', 'engine', 'account', 'status'] },
  { title: 'Positions (6003, 7004)', streams: ['position', 'ledger'] },
  { title: 'Market data (6001)', streams: ['ticker', 'depth', 'trade', 'mark', 'instrument', 'venue'] },
  { title: 'On every PUB socket', streams: ['hb', '*'] },
  { title: 'Service sockets (8001 …)', streams: ['service'] },
];

export function renderWireDocs(ports: readonly PortRow[]): string {
  const parts = [
    CHAPTERS.opening,
    portTable(ports),
    CHAPTERS.encoding.replace('{maxBytes}', `${MAX_MESSAGE_BYTES}`).replace('{maxDepth}', `${MAX_DEPTH}`),
    fieldTable(envelopeSchema),
    'A whole body, as JSON:',
    json(exampleEnvelope('command.place', 'command')),
    CHAPTERS.rules,
    SESSION,
    ...GROUPS.flatMap(({ title, streams }) => [`## ${title}`, ...typesOn(streams).map(messageSection)]),
    '## Shapes',
    ...SHAPES.map(({ name, schema, about }) => `### ${name}\n\n${about}\n\n${fieldTable(schema)}`),
  ];
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`;
}

function typesOn(streams: readonly string[]): MessageType[] {
  const types = Object.keys(CATALOG) as MessageType[];
  return types.filter((type) => streams.includes(CATALOG[type].stream));
}

function messageSection(type: MessageType): string {
  const { stream, schema } = CATALOG[type];
  const { topic } = exampleEnvelope(type, stream);
  const where = topic === '' ? '' : `Topic like \`${topic}\`\n\n`;
  return `### \`${type}\`\n\n${ABOUT[type]}\n\n${where}${fieldTable(schema)}\n\n${json(EXAMPLES[type])}`;
}

function portTable(ports: readonly PortRow[]): string {
  const rows = ports
    .filter(({ transport }) => transport === 'zmq')
    .map(({ process, key, port, carries }) => `| ${process} | ${key === 'SERVICE_ENDPOINT' ? 'ROUTER' : 'PUB'} | ${port} | ${carries} |`);
  return ['| process binds | socket | port | carries |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
