/**
 * One entry as one line of printable ASCII: JSON.stringify escapes what lies below 0x20 only, so the rest is escaped
 * here. No value can start a line, end one, or move a terminal's cursor.
 */
export function formatAuditLine(entry: object): string {
  const json = JSON.stringify(entry)
  return PRINTABLE.test(json) ? json : json.replace(/[^\x20-\x7e]/g, escapeChar)
}

const PRINTABLE = /^[\x20-\x7e]*$/

function escapeChar(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}
