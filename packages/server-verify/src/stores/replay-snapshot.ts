import { closeSync, existsSync, openSync, readFileSync, renameSync, truncateSync, writeSync } from 'node:fs'

/** A claim as it stands in the file. */
export interface StoredClaim {
  readonly partnerId: string
  readonly keyId: string
  readonly id: Uint8Array
  readonly expirySeconds: number
}

const FORMAT = 'countersign-replay-claims/1'
/** A file older than this is set aside once the one before it holds nothing live. */
const ROTATE_SECONDS = 600

/**
 * Claims in an append-only file, one JSON array a line, written before the request is answered. Two files take turns:
 * the current one and `….old`, which is dropped when all its claims have expired. A torn last line was never answered
 * and is cut off; any other unreadable line means that the file cannot be trusted to be complete.
 */
export class ReplaySnapshot {
  /** Claims made before this moment (ms) are not known. */
  readonly unknownBefore: number
  readonly #file: string
  #descriptor: number
  #startedSeconds: number
  #newestExpiry = 0
  #oldNewestExpiry = 0

  /** @param onClaim gets every claim of the files, expired ones too */
  constructor(file: string, now: number, onClaim: (claim: StoredClaim) => void) {
    this.#file = file
    const old = loadSegment(`${file}.old`, onClaim)
    const current = loadSegment(file, onClaim)
    const segments = [old, current].filter(segment => segment !== undefined)
    const trusted = segments.length > 0 && segments.every(segment => segment.complete)
    this.unknownBefore = trusted ? Math.max(...segments.map(segment => segment.unknownBefore)) : now
    this.#oldNewestExpiry = old?.newestExpiry ?? 0
    this.#newestExpiry = current?.newestExpiry ?? 0
    this.#startedSeconds = current?.startedSeconds ?? Math.floor(now / 1000)
    this.#descriptor = openSync(file, 'a', 0o600)
    if (current === undefined || !trusted) this.#writeHeader()
  }

  /** Returns when the operating system has the claim: it survives the end of this process, not a power cut. */
  append(claim: StoredClaim, nowSeconds: number): void {
    if (this.#oldNewestExpiry <= nowSeconds && this.#startedSeconds + ROTATE_SECONDS <= nowSeconds)
      this.#rotate(nowSeconds)
    const id = Buffer.from(claim.id.buffer, claim.id.byteOffset, claim.id.byteLength).toString('base64url')
    this.#write([claim.expirySeconds, id, claim.partnerId, claim.keyId])
    if (claim.expirySeconds > this.#newestExpiry) this.#newestExpiry = claim.expirySeconds
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #rotate(nowSeconds: number): void {
    closeSync(this.#descriptor)
    renameSync(this.#file, `${this.#file}.old`)
    this.#descriptor = openSync(this.#file, 'a', 0o600)
    this.#oldNewestExpiry = this.#newestExpiry
    this.#newestExpiry = 0
    this.#startedSeconds = nowSeconds
    this.#writeHeader()
  }

  #writeHeader(): void {
    this.#write([FORMAT, this.unknownBefore, this.#startedSeconds])
  }

  #write(values: readonly unknown[]): void {
    const line = Buffer.from(`${JSON.stringify(values)}\n`)
    let written = 0
    while (written < line.length) written += writeSync(this.#descriptor, line, written)
  }
}

interface Segment {
  readonly unknownBefore: number
  readonly startedSeconds: number
  readonly newestExpiry: number
  readonly complete: boolean
}

// `undefined`: no file, or one whose header was never finished: the process ended before its first claim.
function loadSegment(file: string, onClaim: (claim: StoredClaim) => void): Segment | undefined {
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const end = text.lastIndexOf('\n') + 1
  if (end < text.length) truncateSync(file, Buffer.byteLength(text.slice(0, end)))
  if (end === 0) return undefined
  let unknownBefore = Number.NaN
  let startedSeconds = Number.NaN
  let newestExpiry = 0
  let complete = true
  for (const line of text.slice(0, end - 1).split('\n')) {
    const values = parseLine(line)
    const claim = readClaim(values)
    if (claim !== undefined) {
      onClaim(claim)
      if (claim.expirySeconds > newestExpiry) newestExpiry = claim.expirySeconds
    } else if (values[0] === FORMAT && typeof values[1] === 'number' && typeof values[2] === 'number') {
      unknownBefore = values[1]
      startedSeconds = values[2]
    } else complete = false
  }
  return { unknownBefore, startedSeconds, newestExpiry, complete: complete && Number.isFinite(unknownBefore) }
}

function parseLine(line: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(line)
    return Array.isArray(values) ? values : []
  } catch {
    return []
  }
}

function readClaim([expirySeconds, id, partnerId, keyId]: readonly unknown[]): StoredClaim | undefined {
  if (typeof expirySeconds !== 'number' || typeof id !== 'string') return undefined
  if (typeof partnerId !== 'string' || typeof keyId !== 'string') return undefined
  const bytes = Buffer.from(id, 'base64url')
  return bytes.length === 16 ? { partnerId, keyId, id: bytes, expirySeconds } : undefined
}
