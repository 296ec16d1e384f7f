import type { SigningSteps } from '@countersign/protocol/diagnosis'
import { createInputError } from '../../push/input-error.js'
import type { Answer } from './explanation.js'

/** What a JSON file of `explain` holds. */
export type JsonInput =
  | {
      readonly kind: 'sides'
      readonly signer: SigningSteps
      readonly verifier: SigningSteps
      readonly body: Uint8Array | undefined
    }
  | { readonly kind: 'answer'; readonly answer: Answer }

/**
 * Reads both sides, or the answer of a platform.
 *
 * @throws CliError `explain_input_invalid` (exit 6)
 */
export function readJsonInput(text: string, source: string): JsonInput {
  const value = parseObject(text, source)
  const { signer, verifier, bodyBase64 } = value
  if (signer !== undefined || verifier !== undefined) {
    const body = bodyBase64 === undefined ? undefined : readBase64(bodyBase64, source)
    return {
      kind: 'sides',
      signer: readSteps(signer, `"signer" in ${source}`),
      verifier: readSteps(verifier, `"verifier" in ${source}`),
      body,
    }
  }
  const answer = readAnswer(value)
  if (answer !== undefined) return { kind: 'answer', answer }
  throw invalid(`${source} is JSON, but neither an answer of the platform nor both sides.`)
}

/** An answer of the platform (`application/problem+json`), or undefined for other JSON. */
export function readAnswer(value: unknown): Answer | undefined {
  if (!isObject(value) || typeof value['code'] !== 'string') return undefined
  const { status, code, detail, requestId, explanation } = value
  return {
    status: typeof status === 'number' ? status : undefined,
    code,
    detail: typeof detail === 'string' ? detail : `The platform answered ${code}.`,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    explanation:
      explanation === undefined ? undefined : readSteps(explanation, 'the explanation of the answer'),
  }
}

/**
 * Reads what a client signed: JSON with `canonicalRequest` (as of `partner-cli sign --json`), or the canonical request
 * itself, where one line end that an editor or `echo` added is taken off.
 *
 * @throws CliError `explain_input_invalid` (exit 6)
 */
export function readSigned(bytes: Buffer, source: string): SigningSteps {
  const text = bytes.toString('latin1')
  if (text.trimStart().startsWith('{')) return readSteps(parseObject(bytes.toString('utf8'), source), source)
  return { canonicalRequest: text.replace(/\r?\n$/, '') }
}

function readSteps(value: unknown, source: string): SigningSteps {
  if (isObject(value) && typeof value['canonicalRequest'] === 'string') {
    const { canonicalRequest, stringToSign } = value
    return { canonicalRequest, stringToSign: typeof stringToSign === 'string' ? stringToSign : undefined }
  }
  throw invalid(`There is no text "canonicalRequest" in ${source}.`)
}

function parseObject(text: string, source: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw invalid(`${source} begins like JSON, but is none.`, error)
  }
  if (isObject(value)) return value
  throw invalid(`${source} is no JSON object.`)
}

function readBase64(value: unknown, source: string): Uint8Array {
  if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return Buffer.from(value, 'base64')
  throw invalid(`"bodyBase64" in ${source} is no base64.`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string, cause?: unknown): Error {
  const next = 'partner-cli explain --help shows what it takes'
  return createInputError('explain_input_invalid', message, next, cause)
}
