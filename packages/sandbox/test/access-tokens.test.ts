// The sandbox's own authorization server, used as a partner's client library would.
import { createPrivateKey, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuthorizationServer,
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  DPoP,
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  discoveryRequest,
  generateKeyPair,
  None,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  processDiscoveryResponse,
  protectedResourceRequest,
} from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type ReadyFile, type Sandbox, startSandbox } from '../src/index.js'
import { newEvent } from './api-client.js'

const FORM = 'application/x-www-form-urlencoded'
const LOOPBACK = { [allowInsecureRequests]: true }
let sandbox: Sandbox
const printed: unknown[][] = []
const errors: unknown[] = []
const onInternalError = (error: unknown): void => void errors.push(error)

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((...parts) => void printed.push(parts))
  sandbox = await startSandbox({ port: 0, onInternalError })
})
beforeEach(() => errors.splice(0))
afterEach(() => expect(errors).toEqual([]))
afterAll(async () => {
  await sandbox.close()
  // Neither a notice of a default nor a warning about Node.
  expect(printed).toEqual([])
})

type OAuth = NonNullable<ReadyFile['oauth']>
const oauthOf = ({ ready }: Sandbox): OAuth => {
  expect(ready.oauth).toBeDefined()
  return ready.oauth!
}

async function discover(
  issuer: string,
  algorithm: 'oauth2' | 'oidc' = 'oauth2',
): Promise<AuthorizationServer> {
  const url = new URL(issuer)
  return processDiscoveryResponse(url, await discoveryRequest(url, { ...LOOPBACK, algorithm }))
}

async function getToken(
  { issuer, clientId, clientSecret, scope, audience }: OAuth,
  options: { readonly DPoP?: ReturnType<typeof DPoP>; readonly scope?: string } = {},
): Promise<string> {
  const client = { client_id: clientId }
  const as = await discover(issuer)
  const parameters = { scope: options.scope ?? scope, resource: audience }
  const auth = ClientSecretBasic(clientSecret)
  const response = await clientCredentialsGrantRequest(as, client, auth, parameters, {
    ...LOOPBACK,
    ...(options.DPoP && { DPoP: options.DPoP }),
  })
  return (await processClientCredentialsResponse(as, client, response)).access_token
}

const whoami = (token: string, url = sandbox.url): Promise<Response> =>
  fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })

test('a client without a secret signs an assertion (RFC 7523)', async () => {
  const { issuer, scope, audience, assertion } = oauthOf(sandbox)
  const der = createPrivateKey(assertion.privateKeyPem).export({ type: 'pkcs8', format: 'der' })
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  const as = await discover(issuer)
  const client = { client_id: assertion.clientId }
  const parameters = { scope, resource: audience }
  const response = await clientCredentialsGrantRequest(as, client, PrivateKeyJwt(key), parameters, LOOPBACK)
  const { access_token: token } = await processClientCredentialsResponse(as, client, response)
  const answer = await whoami(token)
  expect(await answer.json()).toMatchObject({ partner: 'acme', scheme: 'access-token' })
})

test('discovery works by both well-known paths, and names the sandbox', async () => {
  const { issuer } = oauthOf(sandbox)
  for (const algorithm of ['oauth2', 'oidc'] as const) {
    const as = await discover(issuer, algorithm)
    expect(as.issuer).toBe(`${sandbox.url}/oidc`)
    expect(as.token_endpoint).toBe(`${sandbox.url}/oidc/token`)
    expect(as.dpop_signing_alg_values_supported).toContain('ES256')
    const jwks = (await (await fetch(as.jwks_uri!)).json()) as { keys: object[] }
    expect(jwks.keys).toHaveLength(1)
    expect(jwks.keys[0]).not.toHaveProperty('d')
  }
})

test('a token says who I am, and what I may do', async () => {
  const response = await whoami(await getToken(oauthOf(sandbox)))
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    ...{ partner: 'acme', scheme: 'access-token', environment: 'sandbox', api: 'orders' },
    scopes: ['orders:read', 'orders:status:write'],
  })
})

test('a token pushes a status, many times', async () => {
  const token = await getToken(oauthOf(sandbox))
  for (const event of [newEvent(), newEvent()]) {
    const response = await fetch(`${sandbox.url}/v1/orders/A-1/statuses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    })
    expect(response.status).toBeLessThan(300)
  }
})

test('a token with fewer scopes may do less', async () => {
  const token = await getToken(oauthOf(sandbox), { scope: 'orders:read' })
  expect(await (await whoami(token)).json()).toMatchObject({ scopes: ['orders:read'] })
  const response = await fetch(`${sandbox.url}/v1/orders/A-2/statuses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{}',
  })
  expect(response.status).toBe(403)
  expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
})

test('a token that is bound by DPoP needs its proof', async () => {
  const dpop = DPoP({}, await generateKeyPair('ES256', { extractable: true }))
  const token = await getToken(oauthOf(sandbox), { DPoP: dpop })
  expect((await whoami(token)).status).toBe(401)
  const url = new URL(`${sandbox.url}/v1/whoami`)
  const response = await protectedResourceRequest(token, 'GET', url, new Headers(), undefined, {
    ...LOOPBACK,
    DPoP: dpop,
  })
  expect(await response.json()).toMatchObject({ partner: 'acme', scheme: 'access-token' })
})

test('a wrong secret gets no token', async () => {
  await expect(getToken({ ...oauthOf(sandbox), clientSecret: 'wrong' })).rejects.toMatchObject({
    status: 401,
  })
})

test('a person connects a program: device flow, without signing in', async () => {
  const { issuer, scope } = oauthOf(sandbox)
  const as = await discover(issuer)
  const client = { client_id: 'partner-cli' }
  const asked = await deviceAuthorizationRequest(as, client, None(), { scope }, LOOPBACK)
  const device = await processDeviceAuthorizationResponse(as, client, asked)
  const poll = async (): Promise<string> => {
    const answer = await deviceCodeGrantRequest(as, client, None(), device.device_code, LOOPBACK)
    return (await processDeviceCodeResponse(as, client, answer)).access_token
  }
  await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })

  const browser = new Browser()
  const first = await browser.open(device.verification_uri_complete!)
  // Filled in already: the page sends itself, as a browser with scripts would; then the code is to be confirmed.
  const second = await browser.submit(first)
  expect(second).toContain(device.user_code)
  expect(await browser.submit(second, { confirm: 'yes' })).toContain('Connected')

  const token = await vi.waitFor(poll, { interval: 50, timeout: 5000 })
  expect(await (await whoami(token)).json()).toMatchObject({ partner: 'acme', scheme: 'access-token' })
})

/** As much of a browser as the pages need: cookies by path, redirects, forms. */
class Browser {
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()

  async open(url: string, init: { method?: string; body?: string } = {}): Promise<string> {
    const { pathname } = new URL(url)
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const headers = { cookie, ...(init.body === undefined ? {} : { 'content-type': FORM }) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = '', path = '/'] = /^([^=]+)=([^;]*)(?:.*path=([^;]+))?/i.exec(line) ?? []
      this.#cookies.set(`${name}`, { value, path })
    }
    const location = response.headers.get('location')
    return location === null ? response.text() : this.open(new URL(location, url).href)
  }

  submit(page: string, more: Record<string, string> = {}): Promise<string> {
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
    const fields = [...page.matchAll(/<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"/g)]
    const form = new URLSearchParams(
      fields.map(([, name = '', value = '']): [string, string] => [name, value]),
    )
    for (const [name, value] of Object.entries(more)) form.set(name, value)
    return this.open(new URL(action, sandbox.url).href, { method: 'POST', body: form.toString() })
  }
}

test('with a data folder, client, key and tokens outlive a restart; they open no other sandbox', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-oauth-'))
  try {
    const first = await startSandbox({ port: 0, dataDir, onInternalError })
    const before = oauthOf(first)
    const token = await getToken(before)
    const { port } = new URL(first.url)
    await first.close()
    const elsewhere = await whoami(token)
    expect(elsewhere.status).toBe(401)
    expect(await elsewhere.json()).toMatchObject({ code: 'invalid_token' })
    expect(statSync(join(dataDir, 'oauth-signing-key.json')).mode & 0o777).toBe(0o600)
    const second = await startSandbox({ port: Number(port), dataDir, onInternalError })
    try {
      expect(oauthOf(second)).toEqual(before)
      expect((await whoami(token, second.url)).status).toBe(200)
    } finally {
      await second.close()
    }
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})
