// Runs in every runtime and in the browser: the signing vectors through `@countersign/protocol`, those that concern it
// through the SDK's signer, and its own signature over a fetch. Nothing but the web's own globals is used.
import {
  createPayloadHash,
  createRequestSignature,
  createSigningScheme,
  deriveSigningKey,
  parseCredentialScope,
  parseRequestTarget,
  parseSignedHeaders,
  parseTimestamp,
} from '@countersign/protocol'
import { createContentDigest, parseContentDigest } from '@countersign/protocol/http-message-signatures'
import { createRequestSigner, Secret } from '@countersign/sdk/signing'
import { createWebhookVerifier } from '@countersign/sdk/webhooks'

/**
 * @param {{ schemes: Record<string, { label: string, headerLabel: string }>, vectors: any[] }} file
 * @param {{ credentials: any[], vectors: any[] }} webhooks
 */
export async function check({ schemes, vectors }, webhooks) {
  const failures = []
  let protocol = 0
  let sdk = 0
  for (const vector of vectors) {
    const { label, headerLabel } = schemes[vector.scheme]
    const scheme = createSigningScheme(label, headerLabel)
    const { canonicalRequest, stringToSign, authorization } = vector.expected
    const expected = JSON.stringify([canonicalRequest, stringToSign, authorization])
    const made = signByProtocol(vector, scheme)
    if (JSON.stringify([made.canonicalRequest, made.stringToSign, made.authorization]) === expected)
      protocol++
    else failures.push(`protocol: ${vector.id}`)
    if (!concernsSdk(vector, scheme)) continue
    const { headers, ...steps } = signBySdk(vector, scheme)
    if (JSON.stringify([steps.canonicalRequest, steps.stringToSign, headers.authorization]) === expected)
      sdk++
    else failures.push(`sdk: ${vector.id}`)
  }
  if (String(new Secret('canary')).includes('canary')) failures.push('sdk: a Secret shows itself')
  const digest = createContentDigest(new TextEncoder().encode('{"hello": "world"}'))
  // RFC 9530 §2: the digest of this body.
  if (
    digest !== 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:' ||
    parseContentDigest(digest) === undefined
  )
    failures.push(`protocol: content digest ${digest}`)
  for (const vector of webhooks.vectors.filter(({ id }) => id.startsWith('delivery')))
    if (!(await opens(vector, webhooks.credentials))) failures.push(`sdk/webhooks: ${vector.id}`)
  return { protocol, sdk, failures }
}

/** A webhook as it was sent passes, and with one byte more in its body it does not. */
async function opens({ request, nowMs }, credentials) {
  const { method, target, rawHeaders, bodyBase64 } = request
  const host = rawHeaders[rawHeaders.findIndex(name => name.toLowerCase() === 'host') + 1]
  const keys = credentials.filter(
    ({ api, environment, state }) => api === 'webhooks' && environment === 'live' && state === 'active',
  )
  const verify = body =>
    createWebhookVerifier({ keys, environment: 'live', hosts: [host], clock: () => nowMs }).verify({
      ...{ method, target, rawHeaders, body },
    })
  const body = toBytes(bodyBase64)
  const { sentAt } = await verify(body)
  const changed = await verify(new Uint8Array([...body, 10])).catch(error => error.code)
  return Math.abs(sentAt.getTime() - nowMs) <= 300_000 && typeof changed === 'string'
}

function signByProtocol(vector, scheme) {
  const { keyId, secret, timestamp, escapedPaths, environment, api } = vector
  const scope = parseCredentialScope(`${timestamp.slice(0, 8)}/${environment}/${api}/${scheme.terminator}`)
  const { path, query } = parseRequestTarget(vector.request.target)
  const { method, headers, bodyBase64 } = vector.request
  const payloadHash = createPayloadHash(toBytes(bodyBase64))
  const signedHeaders = parseSignedHeaders(vector.signedHeaders.join(';'))
  const signingKey = deriveSigningKey(scheme, secret, scope)
  const parameters = { scheme, keyId, scope, signingKey, timestamp, signedHeaders, escapedPaths }
  return createRequestSignature({ method, path, query, headers, payloadHash }, parameters)
}

/** The signer chooses itself what it signs: date, nonce and payload hash among them. */
function concernsSdk({ escapedPaths, signedHeaders, request }, scheme) {
  const own = [scheme.dateHeader, scheme.payloadHashHeader, scheme.nonceHeader]
  const names = request.headers.map(([name]) => name.toLowerCase())
  return (
    !escapedPaths &&
    own.every(name => signedHeaders.includes(name) && names.filter(other => other === name).length === 1) &&
    names.every(name => ['host', 'content-type', ...own].includes(name) && signedHeaders.includes(name))
  )
}

function signBySdk({ request, timestamp, keyId, secret, environment, api }, scheme) {
  const find = wanted => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const clock = () => parseTimestamp(timestamp)
  const nonce = () => find(scheme.nonceHeader)
  const signer = createRequestSigner({ keyId, secret, environment, api, scheme, clock, nonce })
  const { path, query } = parseRequestTarget(request.target)
  const type = find('content-type')
  return signer.sign({
    method: request.method,
    authority: find('host'),
    path,
    query,
    headers: type === undefined ? {} : { 'content-type': type },
    body: toBytes(request.bodyBase64),
  })
}

function toBytes(base64) {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}
