// What a row of the attack table says.
import type { VerificationErrorCode } from '../../src/index.js'
import type { SignedRequest, SignParameters } from '../independent-signer.js'
import { signRequest } from './testbed.js'
import { type Http2Message, type HttpVersion, toHttp1, toHttp2 } from './wire-message.js'

/** The rows of the catalogue that concern an HMAC signature: A target and headers, B body, C time and replay, D keys. */
export type AttackId = `${'A' | 'B' | 'C' | 'D'}${number}`

/** What must come of it. */
export type Outcome =
  /** The handler is reached once, with these signed headers and this body. */
  | {
      readonly kind: 'accepted'
      readonly signed?: Readonly<Record<string, string | undefined>>
      readonly body?: Buffer
    }
  /** A problem with this status and code; the handler is not reached. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: VerificationErrorCode }
  /**
   * The HTTP parser under the adapter answers 4xx or closes (HTTP/2: resets the stream); nobody is reached. Where
   * versions of Node differ, `or` is what comes of those that let it pass.
   */
  | { readonly kind: 'parser'; readonly or?: Extract<Outcome, { kind: 'refused' }> }
  /** The server answers by itself, before any handler, with this status: 405 for CONNECT, 417 for an unknown Expect. */
  | { readonly kind: 'server'; readonly status: number }

export interface Attack {
  readonly id: AttackId
  readonly name: string
  /** What the holder of a good key signs: so that the attack alone can be the reason of a refusal. */
  readonly sign?: Partial<SignParameters>
  /** What is sent instead of what was signed. */
  readonly send?: (request: SignedRequest) => SignedRequest
  /** The bytes on the wire, one character each, made hostile. */
  readonly http1?: (text: string) => string
  /** The HTTP/2 fields made hostile. */
  readonly http2?: (message: Http2Message) => Http2Message
  /** For what exists in one version only. */
  readonly only?: HttpVersion
  /** End our half of the connection: the request is never completed. */
  readonly hangUp?: boolean
  /** One outcome for each answer on the connection, in order. */
  readonly expected: Outcome | readonly Outcome[] | Readonly<Record<HttpVersion, Outcome>>
}

export const PARSER: Outcome = { kind: 'parser' }

export function refused(status: number, code: VerificationErrorCode): Extract<Outcome, { kind: 'refused' }> {
  return { kind: 'refused', status, code }
}

/** @param expected signed headers that the handler must see (`undefined`: must not), and the body */
export function accepted(
  expected: { signed?: Readonly<Record<string, string | undefined>>; body?: Buffer } = {},
): Outcome {
  return { kind: 'accepted', ...expected }
}

/** An outcome, where the two versions differ. */
export function byVersion(http1: Outcome, http2: Outcome): Readonly<Record<HttpVersion, Outcome>> {
  return { '1.1': http1, '2': http2 }
}

export function outcomesOf({ expected }: Attack, version: HttpVersion): readonly Outcome[] {
  if ('kind' in expected) return [expected]
  return '1.1' in expected ? [expected[version]] : expected
}

function createRequest({ sign, send }: Attack): SignedRequest {
  const request = signRequest(sign)
  return send === undefined ? request : send(request)
}

export function createHttp1Attack(attack: Attack): string {
  const text = toHttp1(createRequest(attack))
  return attack.http1 === undefined ? text : attack.http1(text)
}

export function createHttp2Attack(attack: Attack): Http2Message {
  const message = toHttp2(createRequest(attack))
  return attack.http2 === undefined ? message : attack.http2(message)
}

/** Sends other headers than were signed, e.g. one more. */
export function withHeaders(...headers: readonly string[]): (request: SignedRequest) => SignedRequest {
  return request => ({ ...request, rawHeaders: [...request.rawHeaders, ...headers] })
}

/** Sends another Authorization header; fails when there is nothing to replace. */
export function replaceAuthorization(
  from: string | RegExp,
  to: string,
): (request: SignedRequest) => SignedRequest {
  return request => ({
    ...request,
    rawHeaders: [...request.rawHeaders.slice(0, -1), replaced(request.rawHeaders.at(-1)!, from, to)],
  })
}

/** Like `String.replace`, but there must be something to replace. */
export function replaced(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, () => to)
  if (result === text) throw new Error(`Nothing to replace: ${String(from)}`)
  return result
}

/** `replaced`, as the `http1` of an attack. */
export function rewrite(from: string | RegExp, to: string): (text: string) => string {
  return text => replaced(text, from, to)
}
