// Why: curl is the partner's signer that nobody here wrote. This runs the installed curl against a raw TCP server and
// writes what stood on the wire to recordings/curl-<version>.json: date and signature as curl made them, secret a fixed
// test secret. Run it by hand when another curl version is worth recording; CI only reads the recordings.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const KEY_ID = 'rec_curl_key1'
const SECRET = 'not-a-secret/recorded+with=curl'
const PARTNER = 'partner:partner:live:orders'
const NONCE = 'X-Partner-Nonce: 000102030405060708090a0b0c0d0e0f'
const EVENT = '{"status":"shipped","occurredAt":"2026-11-21T23:30:00.000Z"}'

/** @type {{ name: string, provider?: string, path: string, args?: string[], escapedPaths?: boolean }[]} */
const CASES = [
  { name: 'get', path: '/v1/whoami' },
  { name: 'get-query', path: '/v1/orders/A-1001/statuses?cursor=eyJhIjoxfQ&limit=50' },
  { name: 'get-query-encoded', path: '/v1/orders/A-1001/statuses?note=in%20transit%2Bcaf%C3%A9' },
  { name: 'get-query-prefix-names', path: '/v1/orders/A-1001/statuses?order=1&order-id=2' },
  { name: 'get-port', path: '/v1/whoami', args: ['--header', 'Host: api.example.com:8443'] },
  { name: 'post-json', path: '/v1/orders/A-1001/statuses', args: ['--json', EVENT] },
  { name: 'post-json-nonce', path: '/v1/orders/A-1001/statuses', args: ['--json', EVENT, '-H', NONCE] },
  { name: 'post-d', path: '/v1/orders/A-1001/statuses', args: ['-d', EVENT] },
  {
    name: 'post-binary',
    path: '/v1/order-statuses',
    args: ['-H', 'Content-Type: application/octet-stream', '--data-binary', '@bytes.bin'],
  },
  {
    name: 'post-idempotency-key',
    path: '/v1/order-statuses',
    args: ['--json', '{"items":[]}', '-H', 'Idempotency-Key:   a   b  ', '-H', NONCE],
  },
  { name: 'post-latin1-header', path: '/v1/order-statuses', args: ['-d', 'x', '-H', 'X-Note: Grüße'] },
  { name: 'put-empty', path: '/v1/orders/A-1001', args: ['-X', 'PUT', '-d', ''] },
  { name: 'delete', path: '/v1/orders/A-1001/', args: ['-X', 'DELETE'] },
  {
    name: 'put-upload-with-hash',
    path: '/v1/order-statuses',
    args: ['-T', 'bytes.bin', '-H', 'x-partner-content-sha256: {bytesSha256}'],
  },
  { name: 'aws-get', provider: 'aws:amz:live:orders', path: '/v1/whoami' },
  {
    name: 'aws-post-json',
    provider: 'aws:amz:sandbox:orders',
    path: '/v1/orders/A-1/statuses',
    args: ['--json', EVENT],
  },
  {
    name: 'acme-post-json',
    provider: 'acme:acme:live:orders',
    path: '/v1/orders/A-1/statuses',
    args: ['--json', EVENT],
  },
  // From here: requests that curl signs wrongly or that are not canonical. They become verification vectors.
  { name: 'bad-upload', path: '/v1/order-statuses', args: ['-T', 'bytes.bin'] },
  { name: 'bad-form', path: '/v1/order-statuses', args: ['-F', 'f=@bytes.bin'] },
  { name: 'bad-query-unsorted', path: '/v1/orders/A-1/statuses?limit=1&cursor=2' },
  { name: 'bad-path-escape', path: '/v1/orders/A%201' },
  { name: 'bad-duplicate-header', path: '/v1/whoami', args: ['-H', 'X-Tag: b', '-H', 'X-Tag: a'] },
  { name: 'bad-scope', provider: 'partner:partner:live:invoices', path: '/v1/whoami' },
]

const directory = mkdtempSync(join(tmpdir(), 'record-curl-'))
const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
writeFileSync(join(directory, 'bytes.bin'), bytes)
const { createHash } = await import('node:crypto')
const bytesSha256 = createHash('sha256').update(bytes).digest('hex')

const version = (await run('curl', ['--version'])).stdout.split(' ')[1]
const recordings = []
for (const { name, provider = PARTNER, path, args = [] } of CASES) {
  const shown = args.map(arg => arg.replace('{bytesSha256}', bytesSha256))
  const wire = await capture(port => [
    ...[
      '--silent',
      '--show-error',
      '--max-time',
      '10',
      '--connect-to',
      `api.example.com:80:127.0.0.1:${port}`,
    ],
    ...['--aws-sigv4', provider, '-u', `${KEY_ID}:${SECRET}`, ...shown, `http://api.example.com${path}`],
  ])
  recordings.push({
    name,
    program: `curl ${version}`,
    provider,
    args: [...shown, `http://api.example.com${path}`],
    wireBase64: wire.toString('base64'),
  })
  console.log(`${name}: ${wire.length} bytes`)
}
rmSync(directory, { recursive: true })
const file = join(import.meta.dirname, 'recordings', `curl-${version}.json`)
writeFileSync(file, `${JSON.stringify({ keyId: KEY_ID, secret: SECRET, recordings }, null, 2)}\n`)

/** Everything one curl process sends over one connection. */
async function capture(toArgs) {
  const chunks = []
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', chunk => {
      chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
      const got = text.length - end - 4
      if (got >= length) socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
      else if (got === 0 && /\r\nexpect: 100-continue/i.test(text))
        socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await run('curl', toArgs(port), { cwd: directory })
  await new Promise(resolve => server.close(resolve))
  return Buffer.concat(chunks)
}
