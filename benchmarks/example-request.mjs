// @ts-check
// The one request every suite works on: a push of one order status, 200 bytes of body, five signed headers, a canonical
// request of 427 characters. AWS labels, because only those are spoken by every peer; the labels are data, not code.
import { AWS_SCHEME } from '@countersign/protocol'

export const CREDENTIAL = { keyId: 'AKIDBENCHMARK0001', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYBENCHMARKKEY' }
export const SCOPE = {
  date: '20261121',
  environment: 'live',
  api: 'orders',
  terminator: AWS_SCHEME.terminator,
}
export const TIMESTAMP = '20261121T233040Z'
export const NOW_MS = Date.UTC(2026, 10, 21, 23, 30, 40)
export const METHOD = 'POST'
export const PATH = '/v1/orders/018fd7a2-6c1e-7b54-9d0a-5e2f8c41b7d3/statuses'
export const HOST = 'orders.api.platform.example'
export const CONTENT_TYPE = 'application/json; charset=utf-8'
export const NONCE = '7f3c1d9a5be24c0f8a6d2e1b4c7f9038'
export const SIGNED_HEADERS = ['content-type', 'host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-nonce']

export const BODY_TEXT = JSON.stringify({
  eventId: '4dLk2mQx7Rz0aVb9nTq1sW3yUe6hJc8f',
  orderId: '018fd7a2-6c1e-7b54-9d0a-5e2f8c41b7d3',
  status: 'delivered',
  occurredAt: '2026-11-21T23:29:58.000Z',
  note: 'Nachbarin Frau Adler, 2nd floor 4b',
})
export const BODY = Buffer.from(BODY_TEXT)

/**
 * @param {string} payloadHash
 * @param {string} [nonce]
 * @returns {(readonly [string, string])[]} in the order a client would send them
 */
export function createHeaders(payloadHash, nonce = NONCE) {
  return [
    ['host', HOST],
    ['content-type', CONTENT_TYPE],
    ['x-amz-date', TIMESTAMP],
    ['x-amz-content-sha256', payloadHash],
    ['x-amz-nonce', nonce],
  ]
}
