import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import {
  diagnoseMismatch,
  diagnoseSignature,
  type SignatureDiagnosis,
  type SigningSteps,
} from '@countersign/protocol/diagnosis'
import type { Context } from '../../context.js'
import { findHmacCredential } from '../../hmac-credential.js'
import { createInputError } from '../../push/input-error.js'
import { readInput } from '../../request-arguments.js'
import { parseScheme } from '../../scheme-option.js'
import type { ExplainFileOptions } from './command.js'
import { type Answer, type Cause, type Explanation, UNNAMED } from './explanation.js'
import { readJsonInput, readSigned } from './read-json.js'
import { type Recorded, readRecord } from './read-record.js'

/** The code under which every failed signature is answered; it alone says nothing. */
const UNTOLD = 'invalid_credentials'

/**
 * @throws CliError `file_unreadable`, `explain_input_invalid`, `body_incomplete`, `signer_missing` (exit 6), and those of
 * the connection and the secret
 */
export async function explainFile(context: Context, options: ExplainFileOptions): Promise<Explanation> {
  const source = options.file === '-' ? 'Standard input' : options.file
  const bytes = await readInput(context, options.file)
  const body = options.body === undefined ? undefined : await readInput(context, options.body)
  const signed =
    options.signed === undefined
      ? undefined
      : readSigned(await readInput(context, options.signed), options.signed)
  if (!/^(?:\ufeff)?\s*\{/.test(bytes.toString('utf8', 0, 64))) {
    return explainRecord(context, readRecord(bytes, source, body), signed, options.scheme)
  }
  const input = readJsonInput(bytes.toString('utf8'), source)
  if (input.kind === 'answer') return explainAnswer(input.answer, signed, body, 'answer')
  const { signer, verifier } = input
  const { cause } = diagnoseMismatch(signer, verifier, body ?? input.body)
  return { source: 'sides', causes: [cause], proven: false, signer, verifier, answer: undefined, notes: [] }
}

/** What a platform's answer says, held against what was signed. */
export function explainAnswer(
  answer: Answer,
  signer: SigningSteps | undefined,
  body: Uint8Array | undefined,
  source: 'answer' | 'live',
): Explanation {
  const verifier = answer.explanation
  const shared = { source, signer, verifier, answer, notes: [] }
  if (answer.code !== UNTOLD)
    return { ...shared, causes: [{ code: answer.code, explanation: answer.detail }], proven: true }
  if (verifier === undefined) return { ...shared, causes: [NOT_EXPLAINED], proven: false }
  if (signer === undefined) {
    throw createInputError(
      'signer_missing',
      "The answer holds the platform's side only; what your client signed is not there to compare.",
      'add --signed FILE with the canonical request of your client, or give the recorded request (curl -v … 2> FILE)',
    )
  }
  return { ...shared, causes: [diagnoseMismatch(signer, verifier, body).cause], proven: false }
}

async function explainRecord(
  context: Context,
  { request, answer, notes }: Recorded,
  signed: SigningSteps | undefined,
  scheme: string,
): Promise<Explanation> {
  const { baseUrl, keyId, environment, api, secret } = await findHmacCredential(context)
  const rows = [...new Set([PARTNER_SCHEME, AWS_SCHEME, parseScheme(scheme)])]
  const hosts = [new URL(baseUrl).host]
  const found = diagnoseSignature(request, { keyId, secret, environment, api }, { rows, hosts })
  const signer = found.signer ?? signed
  const verifier = answer?.explanation ?? found.verifier
  const causes = weigh(found, answer, signer, verifier, request.body)
  return {
    source: 'record',
    causes,
    proven: found.proven,
    signer,
    verifier,
    answer,
    notes: found.proven ? [] : notes,
  }
}

/** What the signature tells, what the platform answered, and what changed on the way, in the order of their weight. */
function weigh(
  found: SignatureDiagnosis,
  answer: Answer | undefined,
  signer: SigningSteps | undefined,
  verifier: SigningSteps | undefined,
  body: Uint8Array | undefined,
): readonly Cause[] {
  const named = found.causes.filter(({ code }) => !UNNAMED.has(code))
  const { verifier: sent } = found
  if (answer?.explanation !== undefined && sent !== undefined && verifier !== undefined) {
    const onTheWay = diagnoseMismatch(sent, verifier, body)
    if (onTheWay.firstDifference !== undefined) return [...named, onTheWay.cause]
    if (named.length === 0) return [OTHER_SECRET_THERE]
  }
  if (named.length === 0 && answer !== undefined)
    return [answer.code === UNTOLD ? NOT_EXPLAINED : { code: answer.code, explanation: answer.detail }]
  if (
    named[0]?.code === 'other_secret' &&
    found.signer === undefined &&
    signer !== undefined &&
    sent !== undefined
  ) {
    const { cause, firstDifference } = diagnoseMismatch(signer, sent, body)
    return firstDifference === undefined ? named : [cause]
  }
  return found.causes
}

const NOT_EXPLAINED: Cause = {
  code: 'not_explained',
  explanation:
    'The platform does not say more than that it could not authenticate the request: it does not know the key id, the key is revoked or expired, or it does not explain (live never does).',
}
const OTHER_SECRET_THERE: Cause = {
  code: 'secret_or_label',
  explanation:
    'The request was signed rightly with the secret of this profile, and it arrived unchanged, so the platform holds another secret for this key.',
}
