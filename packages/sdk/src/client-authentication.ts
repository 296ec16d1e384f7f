import type { ClientAuth, Client as OAuthClient } from 'oauth4webapi'
import { UsageError } from './errors.js'
import { importPrivateKey, type SigningKeyPair } from './private-key.js'
import { RotatingCredential } from './rotating-credential.js'
import { Secret, type SecretSource } from './secret.js'
import { fingerprint } from './token-cache-key.js'

/** How the client proves to the token endpoint who it is. */
export type ClientAuthentication =
  | {
      /** RFC 6749 §2.3.1, in the Authorization header. */
      readonly method: 'client_secret_basic'
      /** Printable ASCII. A function is asked again when the server says `invalid_client`. */
      readonly clientSecret: SecretSource
      /**
       * `rfc6749` (default): id and secret are form-encoded before base64, as the RFC wants it. `raw`: as they are, for
       * servers that do not decode; makes a difference for all characters but letters and digits.
       */
      readonly basicEncoding?: 'rfc6749' | 'raw' | undefined
    }
  | {
      /** RFC 6749 §2.3.1, in the body. */
      readonly method: 'client_secret_post'
      readonly clientSecret: SecretSource
    }
  | {
      /** RFC 7523: a signed assertion; the private key stays here. */
      readonly method: 'private_key_jwt'
      /** PEM (PKCS #8, PKCS #1, SEC 1) or a JWK as text: RSA, P-256, P-384, P-521 or Ed25519. */
      readonly privateKey: SecretSource
      /** The `kid` of the assertion. */
      readonly keyId?: string | undefined
      /** Only for RSA keys. Default `RS256`. */
      readonly algorithm?: 'RS256' | 'PS256' | undefined
      /** The `aud` of the assertion. Default: the issuer; some servers want the address of their token endpoint. */
      readonly assertionAudience?: string | undefined
    }
  | {
      /** RFC 8705: the client certificate of the connection (`PartnerClientOptions.clientCertificate`). */
      readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth'
    }

/** A credential of an OAuth client as it is now. */
export interface ClientCredential {
  /** Differs when the credential does. */
  readonly fingerprint: string
  /** For oauth4webapi. */
  createClientAuth(oauth: typeof import('oauth4webapi')): Promise<ClientAuth>
  /** Takes the credential out of a text of the server. */
  redact(text: string): string
}

/** @throws UsageError `secret_invalid`, `option_invalid` */
export function createClientCredential(
  clientId: string,
  authentication: ClientAuthentication,
): RotatingCredential<ClientCredential> {
  if (!isPrintableAscii(clientId))
    throw new UsageError('option_invalid', 'clientId must be 1 or more printable ASCII characters.')
  switch (authentication.method) {
    case 'client_secret_basic':
    case 'client_secret_post':
      return new RotatingCredential(authentication.clientSecret, 'the client secret', text =>
        useClientSecret(clientId, new Secret(text), authentication),
      )
    case 'private_key_jwt':
      return new RotatingCredential(authentication.privateKey, 'the private key of the client', text =>
        usePrivateKey(new Secret(text), authentication),
      )
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      // There is nothing to keep: the certificate belongs to the connection.
      return new RotatingCredential(authentication.method, 'the client certificate', method => ({
        fingerprint: method,
        createClientAuth: async oauth => oauth.TlsClientAuth(),
        redact: text => text,
      }))
    default:
      throw new UsageError('option_invalid', 'authentication.method is none of the five that are supported.')
  }
}

function useClientSecret(
  clientId: string,
  secret: Secret,
  authentication: Extract<ClientAuthentication, { clientSecret: unknown }>,
): ClientCredential {
  if (!isPrintableAscii(secret.reveal())) {
    const message =
      'The client secret must be printable ASCII (RFC 6749, appendix A.2). Look for a line break at its end.'
    throw new UsageError('secret_invalid', message)
  }
  const isRaw = authentication.method === 'client_secret_basic' && authentication.basicEncoding === 'raw'
  return {
    fingerprint: fingerprint(secret.reveal()),
    redact: text => text.replaceAll(secret.reveal(), '[redacted]'),
    async createClientAuth(oauth) {
      if (authentication.method === 'client_secret_post') return oauth.ClientSecretPost(secret.reveal())
      if (!isRaw) return oauth.ClientSecretBasic(secret.reveal())
      return (_server, _client, _body, headers) => {
        headers.set('authorization', `Basic ${btoa(`${clientId}:${secret.reveal()}`)}`)
      }
    },
  }
}

function usePrivateKey(
  text: Secret,
  authentication: Extract<ClientAuthentication, { method: 'private_key_jwt' }>,
): ClientCredential {
  let key: Promise<SigningKeyPair> | undefined
  return {
    fingerprint: fingerprint(text.reveal()),
    redact: shown => shown,
    async createClientAuth(oauth) {
      key ??= importPrivateKey(text, authentication.algorithm ?? 'RS256')
      const { privateKey } = await key
      const { keyId, assertionAudience } = authentication
      return oauth.PrivateKeyJwt(keyId === undefined ? privateKey : { key: privateKey, kid: keyId }, {
        [oauth.modifyAssertion]: (_header, payload) => {
          if (assertionAudience !== undefined) payload['aud'] = assertionAudience
        },
      })
    },
  }
}

/** What a token depends on beside the credential. */
export function usesTls(authentication: ClientAuthentication): boolean {
  return (
    authentication.method === 'tls_client_auth' || authentication.method === 'self_signed_tls_client_auth'
  )
}

/** What oauth4webapi wants to know of the client. */
export function describeClient(clientId: string, authentication: ClientAuthentication): OAuthClient {
  return { client_id: clientId, ...(usesTls(authentication) && { use_mtls_endpoint_aliases: true }) }
}

function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text)
}
