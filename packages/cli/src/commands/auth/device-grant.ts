import type { AccessToken, AuthenticationNetwork } from '@countersign/sdk'
import type { AuthorizationServer, DeviceAuthorizationResponse, TokenEndpointResponse } from 'oauth4webapi'
import { CliError } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { isPartnerFailure } from '../../failure.js'
import { describeDeviceRefusal, describeIssuerFault } from './device-failure.js'
import { createNetworkFetch } from './network-fetch.js'

/** What a person is asked to allow, and where. */
export interface DeviceGrantRequest {
  readonly issuer: string
  readonly clientId: string
  /** Default: all of the API that the issuer offers. */
  readonly scope: string | undefined
  readonly api: string
  readonly audience: string | undefined
  /** Loopback only. */
  readonly allowHttp: boolean
  readonly network: AuthenticationNetwork
  readonly signal: AbortSignal
  readonly now: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Tells the person where to go and which code to compare. */
  readonly onCode: (code: DeviceCode) => Promise<void>
}

/** RFC 8628 §3.2, without the part that is secret. */
export interface DeviceCode {
  readonly userCode: string
  readonly verificationUri: string
  /** With the code in it. */
  readonly verificationUriComplete: string
  readonly expiresInSeconds: number
}

type OAuth = typeof import('oauth4webapi')

const DEFAULT_INTERVAL_SECONDS = 5
/** RFC 8628 §3.5: for this request and all that follow. */
const SLOW_DOWN_SECONDS = 5
const UNKNOWN_LIFE_SECONDS = 300

/**
 * Gets a token by the device authorization grant (RFC 8628): a person allows it in any browser, this program asks the
 * issuer at the pace that it wants.
 *
 * @throws CliError `device_flow_unsupported`, `issuer_invalid` (exit 2), `access_denied`, `device_code_expired` and the
 * issuer's own refusals (exit 4), `token_response_invalid` (exit 10); ConnectionError; the reason of `signal`
 */
export async function requestDeviceToken(request: DeviceGrantRequest): Promise<AccessToken> {
  const { clientId, scope, audience, api, now } = request
  const oauth = await import('oauth4webapi')
  const http = {
    [oauth.customFetch]: createNetworkFetch(request.network),
    [oauth.allowInsecureRequests]: request.allowHttp,
    signal: request.signal,
  }
  const server = await discover(oauth, http, request)
  const client = { client_id: clientId }
  const asked =
    scope ?? server.scopes_supported?.filter(each => each.startsWith(`${api}:`)).join(' ') ?? undefined
  const parameters = new URLSearchParams()
  if (asked !== undefined && asked !== '') parameters.set('scope', asked)
  if (audience !== undefined) parameters.set('audience', audience)
  const device = await readAnswer(request, async () =>
    oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(server, client, oauth.None(), parameters, http),
    ),
  )
  await request.onCode(describeCode(device, request.issuer))
  const { issuedAt, answer } = await poll(request, device, async () => {
    const sentAt = now()
    const response = await oauth.deviceCodeGrantRequest(
      server,
      client,
      oauth.None(),
      device.device_code,
      http,
    )
    if (response.status === 429 || response.status >= 500) return undefined
    return {
      issuedAt: sentAt,
      answer: await oauth.processDeviceCodeResponse(server, client, response),
    }
  })
  const { access_token: value, token_type: type, expires_in: life = UNKNOWN_LIFE_SECONDS } = answer
  if (type !== 'bearer' || !/^[\x21-\x7e]+$/.test(value) || !(life > 0))
    throw describeIssuerFault(request.issuer, 'issued a token that cannot be used')
  return { value, type: 'Bearer', scope: answer.scope, issuedAt, expiresAt: issuedAt + life * 1000 }
}

interface Issued {
  readonly issuedAt: number
  readonly answer: TokenEndpointResponse
}

/** @param ask undefined: the server is busy */
async function poll(
  request: DeviceGrantRequest,
  { interval = DEFAULT_INTERVAL_SECONDS, expires_in: life }: DeviceAuthorizationResponse,
  ask: () => Promise<Issued | undefined>,
): Promise<Issued> {
  const { now, wait, signal } = request
  const end = now() + life * 1000
  let pause = interval
  for (;;) {
    await wait(pause * 1000, signal)
    if (now() >= end) throw describeDeviceRefusal({ error: 'expired_token' }, request)
    try {
      const issued = await ask()
      if (issued !== undefined) return issued
      pause += SLOW_DOWN_SECONDS
    } catch (error) {
      signal.throwIfAborted()
      const refusal = readRefusal(error)
      if (refusal?.error === 'slow_down') pause += SLOW_DOWN_SECONDS
      else if (refusal?.error === 'authorization_pending') continue
      // A connection that breaks while a person is typing is no reason to make them begin again.
      else if (isPartnerFailure(error) && error.retryable) pause += SLOW_DOWN_SECONDS
      else throw describeFailure(error, request)
    }
  }
}

async function discover(
  oauth: OAuth,
  http: { readonly signal: AbortSignal },
  request: DeviceGrantRequest,
): Promise<AuthorizationServer> {
  const issuer = new URL(request.issuer)
  const server = await readAnswer(request, async () => {
    let answer = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
    // OpenID providers of old know their own address for it only.
    if (answer.status === 404) answer = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oidc' })
    return oauth.processDiscoveryResponse(issuer, answer)
  })
  if (server.device_authorization_endpoint !== undefined) return server
  throw new CliError(
    'device_flow_unsupported',
    EXIT.usage,
    `The issuer ${request.issuer} offers no device login.`,
    { next: 'use a client with a secret: partner-cli auth login --use oauth --client-id ID … < FILE' },
  )
}

async function readAnswer<T>(request: DeviceGrantRequest, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    request.signal.throwIfAborted()
    throw describeFailure(error, request)
  }
}

function describeFailure(error: unknown, request: DeviceGrantRequest): unknown {
  if (error instanceof CliError || isPartnerFailure(error)) return error
  const refusal = readRefusal(error)
  if (refusal !== undefined) return describeDeviceRefusal(refusal, request)
  return describeIssuerFault(request.issuer, 'did not answer as an authorization server does', error)
}

/** An error of RFC 6749 §5.2; oauth4webapi throws it, and is not loaded here to compare classes. */
function readRefusal(
  error: unknown,
): { readonly error: string; readonly error_description?: string } | undefined {
  if (!(error instanceof Error) || !('error' in error) || typeof error.error !== 'string') return undefined
  const text = 'error_description' in error ? error.error_description : undefined
  return typeof text === 'string' ? { error: error.error, error_description: text } : { error: error.error }
}

function describeCode(device: DeviceAuthorizationResponse, issuer: string): DeviceCode {
  const { user_code: userCode, verification_uri: uri, verification_uri_complete: complete = uri } = device
  // Both go to a terminal, and one to a browser.
  const isPlain = [userCode, uri, complete].every(text => /^[\x20-\x7e]+$/.test(text))
  const areLinks = [uri, complete].every(text => /^https?:\/\//.test(text))
  if (!isPlain || !areLinks) throw describeIssuerFault(issuer, 'sent a code that cannot be shown')
  return {
    userCode,
    verificationUri: uri,
    verificationUriComplete: complete,
    expiresInSeconds: device.expires_in,
  }
}
