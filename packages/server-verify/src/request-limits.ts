import { VerificationError } from './errors.js'
import type { IncomingRequest } from './incoming-request.js'
import type { RequestHeaders } from './request-headers.js'

/** How large a request may be. Beyond it the request is refused, never cut. */
export interface RequestLimits {
  /** Raw body, bytes. Default 1 MiB. */
  readonly bodyBytes: number
  /** Names and values of all headers, and the target, bytes. Default 16 KiB. */
  readonly headerBytes: number
  /** Number of headers. Default 100. */
  readonly headerCount: number
  /** Value of the Authorization header, bytes. Default 8 KiB. */
  readonly authorizationBytes: number
}

export const DEFAULT_LIMITS: RequestLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  headerCount: 100,
  authorizationBytes: 8192,
}

/** @throws VerificationError `body_too_large`, `headers_too_large`, `header_invalid` */
export function assertWithinLimits(request: IncomingRequest, limits: RequestLimits): void {
  const { rawHeaders } = request
  if (request.toldBodySha256 !== undefined) assertToldHash(request, request.toldBodySha256)
  if (request.body.length > limits.bodyBytes) throw createBodyTooLarge(limits)
  if (rawHeaders.length > limits.headerCount * 2)
    throw refuse(
      'headers',
      `The request has ${rawHeaders.length >> 1} headers; at most ${limits.headerCount} are accepted.`,
    )
  if (rawHeaders.length % 2 !== 0)
    throw new VerificationError('header_invalid', {
      part: 'headers',
      message: 'The raw header list must hold pairs of name and value.',
    })
  let bytes = request.target.length
  for (const text of rawHeaders) bytes += text.length
  if (bytes > limits.headerBytes)
    throw refuse(
      'headers',
      `Target and headers have ${bytes} bytes; at most ${limits.headerBytes} are accepted.`,
    )
}

/** @throws VerificationError `headers_too_large` */
export function assertAuthorizationWithinLimits(headers: RequestHeaders, limits: RequestLimits): void {
  const value = headers.get('authorization')
  if (value !== undefined && value.length > limits.authorizationBytes)
    throw refuse(
      'authorization',
      `The Authorization header has ${value.length} bytes; at most ${limits.authorizationBytes} are accepted.`,
    )
}

/** For adapters, which stop reading at the cap. */
export function createBodyTooLarge(limits: RequestLimits): VerificationError {
  return new VerificationError('body_too_large', {
    part: 'body',
    message: `The body has more than ${limits.bodyBytes} bytes. Send smaller batches.`,
  })
}

// A mistake of an adapter, not of the caller: `UNSIGNED-PAYLOAD` in this place would sign any body.
function assertToldHash({ body }: IncomingRequest, told: string): void {
  if (body.length > 0 || !/^[0-9a-f]{64}$/.test(told))
    throw new TypeError('toldBodySha256 must be 64 lower-case hex digits, and goes with no body.')
}

function refuse(part: string, message: string): VerificationError {
  return new VerificationError('headers_too_large', { part, message })
}
