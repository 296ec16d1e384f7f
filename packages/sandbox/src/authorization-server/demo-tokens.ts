import {
  type AccessTokenCredential,
  accessToken,
  createTrustedIssuers,
  type VerificationScheme,
} from '@countersign/server-verify'
import { bindTokens, DEMO_PARTNER, DEMO_SCOPES, type DemoSecrets } from '../demo-credentials.js'
import type { ReadyFile } from '../ready-file.js'
import { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js'
import { openSigningKey, toPublicJwk } from './signing-key.js'

/** The demo partner's access tokens: who issues them, who accepts them, and for whom. */
export interface DemoTokens {
  readonly scheme: VerificationScheme
  readonly mount: AuthorizationServer['mount']
  /**
   * Starts to issue and to accept tokens.
   *
   * @param url of the sandbox
   * @returns `undefined` where tokens would go over a network in the clear: http on another address than loopback
   */
  open(
    url: string,
  ):
    | { readonly oauth: NonNullable<ReadyFile['oauth']>; readonly bindings: readonly AccessTokenCredential[] }
    | undefined
}

export interface DemoTokensOptions {
  readonly dataDir: string | undefined
  readonly demo: DemoSecrets
  /** By which the sandbox is reached, for DPoP. */
  readonly urlScheme: 'http' | 'https'
  readonly now: () => number
  readonly onError: (error: unknown) => void
}

/** The same at every address and port, so that a client's configuration outlives them. */
const AUDIENCE = 'urn:countersign:sandbox:orders'
/** `sub` of the tokens of a person; the client's own tokens have the client id there. */
const PERSON = `${DEMO_PARTNER}-person`

/** Makes authorization server and scheme; the issuer's name is known only once the sandbox listens. */
export async function openDemoTokens(options: DemoTokensOptions): Promise<DemoTokens> {
  const { dataDir, demo, urlScheme, now, onError } = options
  const { oauth: client, assertion: assertionClient } = demo
  const signingKey = openSigningKey(dataDir)
  const issuers = createTrustedIssuers([], now)
  const server = await createAuthorizationServer({
    ...{
      signingKey,
      client,
      assertionClient,
      scopes: DEMO_SCOPES,
      audience: AUDIENCE,
      person: PERSON,
      onError,
    },
  })
  return {
    scheme: accessToken({ issuers, audience: AUDIENCE, dpop: { urlSchemes: [urlScheme] } }),
    mount: server.mount,
    open(url) {
      if (!isConfidential(url)) return undefined
      const issuer = server.open(url)
      issuers.add({
        issuer,
        // Its keys need not be fetched: they are made here.
        jwks: { keys: [toPublicJwk(signingKey)] },
        algorithms: ['ES256'],
        unsafeAllowLoopback: true,
        privateAddresses: ['0.0.0.0/0', '::/0'],
      })
      const scope = DEMO_SCOPES.join(' ')
      const subjects = [client.clientId, assertionClient.clientId, PERSON]
      const bindings = subjects.map(subject => bindTokens(issuer, subject, demo.createdAt))
      const { clientId, privateKeyPem } = assertionClient
      const assertion = { clientId, privateKeyPem }
      return { oauth: { issuer, ...client, scope, audience: AUDIENCE, assertion }, bindings }
    },
  }
}

function isConfidential(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}
