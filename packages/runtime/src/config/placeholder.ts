/** Values that were never filled in: a key copied from an example must not reach an exchange. */

const PLACEHOLDERS = [
  /^<.*>$/,
  /^\[.*\]$/,
  /^\{\{.*\}\}$/,
  /your[_\- ]/i,
  /^x{3,}$/i,
  /^\*+$/,
  /^\.{3,}$/,
  /change[_\- ]?me/i,
  /replace[_\- ]?(me|this)/i,
  /^(todo|tbd|placeholder|example|none|null|undefined|api[_-]?key|api[_-]?secret|secret|key)$/i,
  /(insert|put|enter)[_\- ].*(key|secret|here)/i,
];

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.some((pattern) => pattern.test(value.trim()));
}
