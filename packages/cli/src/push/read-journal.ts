import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Reads a journal line by line. What is no JSON object is read over: a crash leaves a torn line at the end, a power cut
 * sometimes zeros. Losing a line costs sending its row once more.
 *
 * @throws the system's error when it cannot be read
 */
export async function* readJournal(path: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) {
    const record = parseRecord(line)
    if (record !== undefined) yield record
  }
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
