import { PARTNER_SCHEME } from '@countersign/protocol'
import { type AddressBlock, type AddressBlockOptions, createAddressBlock } from './address-block.js'
import { AddressLimiter, type PreAuthLimit } from './address-limiter.js'
import type { AuditLog } from './audit-log.js'
import type { ConcurrencyLimit } from './concurrency-limit.js'
import type { CredentialStore } from './credential-store.js'
import { assertFreshness, DEFAULT_FRESHNESS, type Freshness } from './freshness.js'
import type { Roles } from './granted-scopes.js'
import { createHeaderRules } from './header-rules.js'
import { parseIpRange } from './ip-address.js'
import type { RequestForm } from './parsed-request.js'
import type { RateLimit } from './rate-limit.js'
import type { ReplayGuard } from './replay-guard.js'
import { type Authorities, compileAuthorities } from './request-authority.js'
import { DEFAULT_LIMITS, type RequestLimits } from './request-limits.js'
import type { PreparedScheme, VerificationScheme } from './schemes/verification-scheme.js'
import type { Telemetry } from './telemetry.js'
import { TelemetryRecorder } from './telemetry-recorder.js'

/** How a verifier judges requests. */
export interface RequestVerifierOptions {
  /** Hosts, with port where it is not the scheme's default, or a rule; compared in lower case. */
  readonly authorities: Authorities
  /** `live`, `sandbox` …: the environment part of every credential scope, and of every credential. */
  readonly environment: string
  /** The api part of every credential scope, e.g. `orders`. */
  readonly api: string
  /** Each kind at most once. A request presents exactly one of them; a second one is refused. */
  readonly schemes: readonly VerificationScheme[]
  readonly credentials: CredentialStore
  readonly replay: ReplayGuard
  /** Default: no quota. */
  readonly rateLimit?: RateLimit | undefined
  /** Bounds how many requests of a partner are under way at once; adapters give back. Default: no bound. */
  readonly concurrency?: ConcurrencyLimit | undefined
  /** Default: no audit. */
  readonly audit?: AuditLog | undefined
  /** Scopes by role name, for credentials with `roles`. Default: none. */
  readonly roles?: Roles | undefined
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined
  /**
   * The trusted proxies verify client certificates, set `Client-Cert` (RFC 9440) and remove what clients send under
   * that name. Default `false`: the header is refused, whoever sends it.
   */
  readonly clientCertHeader?: boolean | undefined
  /**
   * With it, and the request header `Countersign-Explain: 1`, a failed signature of a known key is answered with the
   * server's canonical request and string to sign. Never in `live`. Default `false`.
   */
  readonly explain?: boolean | undefined
  /** Accept percent-escapes in paths (`spec/partner-signing.md` §4.1). Default `false`. */
  readonly escapedPaths?: boolean | undefined
  /** Headers that our own proxies add under a scheme's prefix, e.g. `x-amz-cf-id`: dropped, never shown. */
  readonly transportHeaders?: readonly string[] | undefined
  readonly freshness?: Freshness | undefined
  readonly limits?: Partial<RequestLimits> | undefined
  /** Unauthenticated requests by client address. `false` switches it off. */
  readonly preAuthLimit?: PreAuthLimit | false | undefined
  /**
   * Blocks an address for a time after many failed authentications. One of `createAddressBlock` can be asked who is
   * blocked. `false` switches it off. Default: on, unless `preAuthLimit` is off.
   */
  readonly addressBlock?: AddressBlock | AddressBlockOptions | false | undefined
  /** Where metrics and spans go. Default: nowhere, at no cost. */
  readonly telemetry?: Telemetry | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** Options made ready for use, once per verifier. */
export interface VerifierContext extends RequestForm {
  readonly environment: string
  readonly api: string
  readonly schemes: readonly PreparedScheme[]
  /** Every scheme's challenges: the value of WWW-Authenticate. */
  readonly challenge: string
  readonly roles: ReadonlyMap<string, readonly string[]>
  readonly replay: ReplayGuard
  readonly rateLimit: RateLimit | undefined
  readonly concurrency: ConcurrencyLimit | undefined
  readonly audit: AuditLog | undefined
  readonly freshness: Freshness
  readonly limits: RequestLimits
  readonly addressLimiter: AddressLimiter | undefined
  readonly addressBlock: AddressBlock | undefined
  readonly telemetry: TelemetryRecorder | undefined
  readonly now: () => number
}

const SCOPE_WORD = /^[A-Za-z0-9_-]{1,64}$/

/** @throws TypeError, RangeError: a mistake in configuration, told at once and not by the first request */
export function resolveOptions(options: RequestVerifierOptions): VerifierContext {
  const { environment, api, schemes } = options
  for (const [name, word] of Object.entries({ environment, api })) {
    if (!SCOPE_WORD.test(word))
      throw new TypeError(
        `${name} must be 1 to 64 characters of A-Z a-z 0-9 _ - (it is a part of the scope).`,
      )
  }
  const explain = options.explain ?? false
  if (explain && environment === 'live')
    throw new TypeError('explain must not be on in live: it answers strangers with what the server computed.')
  assertSchemes(schemes)
  const { replay, audit } = options
  const now = options.now ?? Date.now
  const addressBlock = resolveBlock(options, now)
  if (audit?.recordEvent !== undefined) addressBlock?.onChange(event => audit.recordEvent?.(event))
  const telemetry =
    options.telemetry && new TelemetryRecorder(options.telemetry, { replay, audit, addressBlock })
  const rows = schemes.flatMap(scheme => scheme.rows ?? [])
  const settings = {
    environment,
    api,
    credentials: telemetry?.countLookups(options.credentials) ?? options.credentials,
    replay: options.replay,
    headerRules: createHeaderRules(
      rows.length === 0 ? [PARTNER_SCHEME] : rows,
      options.transportHeaders ?? [],
    ),
    escapedPaths: options.escapedPaths ?? false,
    explain,
    trustedProxies: (options.trustedProxies ?? []).map(parseIpRange),
    now,
  }
  const prepared = schemes.map(scheme => scheme.prepare(settings))
  return {
    ...settings,
    schemes: prepared,
    challenge: prepared.flatMap(scheme => scheme.challenges).join(', '),
    roles: new Map(Object.entries(options.roles ?? {})),
    clientCertHeader: options.clientCertHeader ?? false,
    rateLimit: options.rateLimit,
    concurrency: options.concurrency,
    audit: options.audit,
    freshness: assertFreshness(options.freshness ?? DEFAULT_FRESHNESS),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    addressLimiter:
      options.preAuthLimit === false ? undefined : new AddressLimiter(options.preAuthLimit ?? {}),
    addressBlock,
    telemetry,
    isAllowedAuthority: compileAuthorities(options.authorities),
  }
}

function resolveBlock(options: RequestVerifierOptions, now: () => number): AddressBlock | undefined {
  const { addressBlock = options.preAuthLimit === false ? false : {} } = options
  if (addressBlock === false) return undefined
  return 'blocked' in addressBlock ? addressBlock : createAddressBlock({ now, ...addressBlock })
}

function assertSchemes(schemes: readonly VerificationScheme[]): void {
  if (schemes.length === 0) throw new TypeError('schemes must name at least one, e.g. hmacSignature().')
  if (new Set(schemes.map(scheme => scheme.name)).size !== schemes.length)
    throw new TypeError('schemes names one kind twice. Give each kind once, with all its options.')
}
