/** The shipped INI files with other ports and single keys changed: what is tested is what is shipped. */

/** Section → key → value. */
export type IniChanges = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Moves every port that the file names. @throws RangeError on a port that nobody planned. */
export function movePorts(text: string, portOf: (planned: number) => number): string {
  return text
    .split('\n')
    .map((line) =>
      line.startsWith(';') ? line : line.replace(/(?<=127\.0\.0\.1:|^[A-Z_]*_PORT=)\d{4,5}/g, (port) => String(portOf(Number(port)))),
    )
    .join('\n');
}

/** Sets keys in their sections; a key or section that is missing is added. */
export function changeIni(text: string, changes: IniChanges): string {
  let lines = text.split('\n');
  for (const [section, keys] of Object.entries(changes)) {
    for (const [key, value] of Object.entries(keys)) lines = setKey(lines, section, key, value);
  }
  return lines.join('\n');
}

function setKey(lines: readonly string[], section: string, key: string, value: string): string[] {
  const start = lines.indexOf(`[${section}]`);
  if (start === -1) return [...lines, `[${section}]`, `${key}=${value}`];
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('['));
  const end = length === -1 ? lines.length : start + 1 + length;
  const at = lines.slice(start, end).findIndex((line) => line.startsWith(`${key}=`));
  return at === -1
    ? [...lines.slice(0, start + 1), `${key}=${value}`, ...lines.slice(start + 1)]
    : lines.map((line, index) => (index === start + at ? `${key}=${value}` : line));
}
