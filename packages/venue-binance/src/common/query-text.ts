/** Parameters as the venue wants to see and sign them: percent-encoded, in the order given, absent ones left out. */
export type Params = Readonly<Record<string, string | undefined>>;

export function queryText(params: Params): string {
  let out = '';
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    out += `${out === '' ? '' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return out;
}
