import { createHash } from 'node:crypto'
import type { Recorded } from './read-record.js'

const NOTE =
  'curl --trace-ascii shows line feeds and bytes that are no ASCII as "."; record with --trace, or give the body with --body FILE, when the body has any.'

/**
 * Uses what else is known of the body: the payload hash that the platform computed, or the one that the client sent.
 *
 * @param isCertain false when dots of the body may stand for other bytes
 */
export function settleBody(recorded: Recorded, isCertain: boolean): Recorded {
  const { request, answer, notes } = recorded
  const arrived = /\n([0-9a-f]{64})$/.exec(answer?.explanation?.canonicalRequest ?? '')?.[1]
  if (request.body === undefined) return { ...recorded, request: { ...request, payloadHash: arrived } }
  if (isCertain) return recorded
  const claimed = request.headers.find(([name]) => /^x-[a-z0-9]+-content-sha256$/i.test(name))?.[1]
  const hash = arrived ?? claimed
  const body = listReadings(Buffer.from(request.body)).find(reading => sha256(reading) === hash)
  if (body !== undefined) return { ...recorded, request: { ...request, body } }
  if (arrived !== undefined)
    return { ...recorded, request: { ...request, body: undefined, payloadHash: arrived } }
  return { ...recorded, notes: [...notes, NOTE] }
}

/** The dots as dots; the last one, or all but those between digits, as a line feed. */
function listReadings(body: Buffer): readonly Buffer[] {
  const text = body.toString('latin1')
  return [text, text.replace(/\.$/, '\n'), text.replace(/\.(?!\d)/g, '\n')].map(reading =>
    Buffer.from(reading, 'latin1'),
  )
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
