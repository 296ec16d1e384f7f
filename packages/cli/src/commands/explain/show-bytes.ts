/** Text of one character a byte, made visible on one line: printable ASCII as it is, everything else as an escape. */
export function showBytes(text: string): string {
  return text.replace(/[^\x20-\x7e]|^ | $/g, char => ESCAPES[char] ?? escapeByte(char))
}

/** A byte given in hex, as `25 "%"`. */
export function describeByte(hex: string | null): string {
  if (hex === null) return 'nothing (the end)'
  const char = String.fromCharCode(Number.parseInt(hex, 16))
  return NAMES[char] === undefined
    ? `${hex} ${/[\x21-\x7e]/.test(char) ? `"${char}"` : ''}`.trimEnd()
    : `${hex} (${NAMES[char]})`
}

const ESCAPES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' }
const NAMES: Readonly<Record<string, string>> = {
  '\r': 'carriage return',
  '\n': 'line feed',
  '\t': 'tab',
  ' ': 'space',
}

function escapeByte(char: string): string {
  const code = char.charCodeAt(0)
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`
}
