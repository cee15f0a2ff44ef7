/** A log line for a person: time, level, event, then the fields in short. */

/** `12:34:56.789 WARN  trader gap-found topic=order.BINANCE.main. code=…` */
export function screenLine(json: string): string {
  const { ts, level, proc, event, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const time = String(ts).slice(11, 23);
  const rest = Object.entries(fields).flatMap(([name, value]) => fieldText(name, value, fields.code));
  return [time, String(level).toUpperCase().padEnd(5), proc, event, ...rest].join(' ');
}

function fieldText(name: string, value: unknown, code: unknown): readonly string[] {
  // Errors: the code once, the message, and the stack last, as it has many lines.
  if (name === 'alert' || name === 'code') return name === 'code' ? [`${value}`] : [];
  if (isError(value)) {
    const ownCode = value.code === undefined || value.code === code ? '' : `${value.code} `;
    return [`${ownCode}${value.message}${value.stack === undefined ? '' : `\n${value.stack}`}`];
  }
  return [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

function isError(value: unknown): value is { readonly message: string; readonly code?: unknown; readonly stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}
