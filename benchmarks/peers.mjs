// @ts-check
// The signers people use today, each called the way its own documentation shows, each with its own key cache warm.
import { createHash, createHmac } from 'node:crypto'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import aws4 from 'aws4'
import {
  BODY,
  BODY_TEXT,
  CREDENTIAL,
  createHeaders,
  HOST,
  METHOD,
  NOW_MS,
  PATH,
  SCOPE,
} from './example-request.mjs'

/** What smithy asks of a hash, on node:crypto. */
export class NodeSha256 {
  /** @param {import('@smithy/types').SourceData} [secret] */
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  /** @param {import('@smithy/types').SourceData} chunk */
  update(chunk) {
    this.hash.update(toBytes(chunk))
  }

  async digest() {
    return this.hash.digest()
  }

  reset() {
    throw new Error('smithy makes a new hash each time')
  }
}

/**
 * @param {import('@smithy/types').HashConstructor} sha256
 * @param {string} payloadHash for the request's own header; smithy hashes the body nevertheless
 * @returns {() => Promise<string>} the Authorization header
 */
export function createSmithySigner(sha256, payloadHash) {
  const signer = new SignatureV4({
    service: SCOPE.api,
    region: SCOPE.environment,
    credentials: { accessKeyId: CREDENTIAL.keyId, secretAccessKey: CREDENTIAL.secret },
    sha256,
  })
  const signingDate = new Date(NOW_MS)
  const headers = Object.fromEntries(createHeaders(payloadHash))
  return async () => {
    const request = new HttpRequest({
      method: METHOD,
      protocol: 'https:',
      hostname: HOST,
      path: PATH,
      headers,
      body: BODY,
    })
    const signed = await signer.sign(request, { signingDate })
    return /** @type {string} */ (signed.headers['authorization'])
  }
}

/**
 * @param {string} payloadHash for the request's own header; aws4 hashes the body nevertheless
 * @returns {(nonce?: string) => string} the Authorization header
 */
export function createAws4Signer(payloadHash) {
  const credentials = { accessKeyId: CREDENTIAL.keyId, secretAccessKey: CREDENTIAL.secret }
  return nonce => {
    const request = {
      method: METHOD,
      host: HOST,
      path: PATH,
      service: SCOPE.api,
      region: SCOPE.environment,
      headers: Object.fromEntries(createHeaders(payloadHash, nonce)),
      body: BODY_TEXT,
      extraHeadersToIgnore: { 'content-length': true },
    }
    return /** @type {string} */ (aws4.sign(request, credentials).headers?.['Authorization'])
  }
}

/** @param {import('@smithy/types').SourceData} data */
function toBytes(data) {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
