import type { SigningSteps } from '@countersign/protocol/diagnosis'
import type { PartnerError } from '@countersign/sdk'
import { createClient } from '../../client.js'
import type { Context } from '../../context.js'
import { isPartnerFailure } from '../../failure.js'
import { parseHeader, readBody, resolveUrl } from '../../request-arguments.js'
import type { ExplainLiveOptions } from './command.js'
import { explainAnswer } from './explain-file.js'
import type { Answer, Explanation } from './explanation.js'

/**
 * Sends one request, signed, and explains the answer.
 *
 * @throws PartnerError when nothing of the platform answered
 */
export async function explainLive(context: Context, options: ExplainLiveOptions): Promise<Explanation> {
  const connection = await context.connection()
  const url = new URL(resolveUrl(options.url, connection.baseUrl))
  const headers = Object.fromEntries(options.headers.map(parseHeader))
  const body = options.data === undefined ? undefined : await readBody(context, options.data)
  let signer: SigningSteps | undefined
  const client = await createClient({ ...connection, baseUrl: url.origin }, await context.secret(), {
    flags: context.flags,
    interactive: false,
    note: context.note,
    maxAttempts: 1,
    onSigned: ({ canonicalRequest, stringToSign }) => {
      signer = { canonicalRequest, stringToSign }
    },
  })
  try {
    const { status, requestId } = await client.request({
      method: options.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, 'countersign-explain': '1' },
      body,
      signal: context.signal,
    })
    const answer = { status, code: 'accepted', detail: ACCEPTED, requestId, explanation: undefined }
    return { ...explainAnswer(answer, signer, body, 'live') }
  } catch (error) {
    const answer = isPartnerFailure(error) ? readAnswer(error as PartnerError) : undefined
    if (answer === undefined) throw error
    return explainAnswer(answer, signer, body, 'live')
  } finally {
    await client.close()
  }
}

const ACCEPTED = 'The platform accepted the request: key, secret, clock and the way to it are in order.'

function readAnswer({ problem }: PartnerError): Answer | undefined {
  if (problem === undefined) return undefined
  const { status, code, detail, title, requestId, explanation } = problem
  return { status, code, detail: detail ?? title, requestId, explanation }
}
