/** A canonical request taken apart again; only for showing and comparing, never for verifying. */
export interface CanonicalRequestParts {
  readonly method: string
  readonly uri: string
  readonly query: string
  readonly headers: ReadonlyMap<string, string>
  readonly signedHeaders: string
  readonly payloadHash: string
}

/**
 * Takes a canonical request apart at its line feeds. Total: a text of another shape gives `undefined`.
 */
export function splitCanonicalRequest(text: string): CanonicalRequestParts | undefined {
  const lines = text.split('\n')
  if (lines.length < 6 || lines.at(-3) !== '') return undefined
  const headers = new Map<string, string>()
  for (const line of lines.slice(3, -3)) {
    const colon = line.indexOf(':')
    if (colon < 1) return undefined
    headers.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return {
    method: lines[0]!,
    uri: lines[1]!,
    query: lines[2]!,
    headers,
    signedHeaders: lines.at(-2)!,
    payloadHash: lines.at(-1)!,
  }
}
