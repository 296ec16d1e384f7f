// §3 to §10 as a verifier judges them, and what it keeps between requests.
const verifier = 'server-verify/src/request-verifier.ts'
const rules = 'server-verify/src/header-rules.ts'
const headers = 'server-verify/src/request-headers.ts'
const authority = 'server-verify/src/request-authority.ts'
const presentation = 'server-verify/src/schemes/hmac-presentation.ts'
const presented = 'server-verify/src/presented-credential.ts'
const verification = 'server-verify/src/schemes/hmac-verification.ts'
const freshness = 'server-verify/src/freshness.ts'
const limits = 'server-verify/src/request-limits.ts'
const validity = 'server-verify/src/credential-validity.ts'
const store = 'server-verify/src/stores/memory-credential-store.ts'

export const VERIFICATION_BREAKAGES = [
  {
    rule: '3 the date of the scope is the day of the date header',
    file: presentation,
    find: 'if (!timestampText.startsWith(scope.date))',
    replace: 'if (!timestampText.startsWith(scope.date.slice(0, 4)))',
  },
  {
    rule: '3 the environment of the scope',
    file: presentation,
    find: 'if (scope.environment !== policy.environment)',
    replace: "if (scope.environment === '')",
  },
  {
    rule: '3 the api of the scope: no push as a webhook',
    file: presentation,
    find: 'if (scope.api !== policy.api)',
    replace: "if (scope.api === '')",
  },
  {
    rule: '3 the terminator of the scope',
    file: presentation,
    find: 'if (scope.terminator !== row.terminator)',
    replace: "if (scope.terminator === '')",
  },
  {
    rule: '3 only enabled rows',
    file: presentation,
    find: "(value.length === algorithm.length || value[algorithm.length] === ' ')",
    replace: 'true',
  },
  {
    rule: '3 one secret under two key ids is refused',
    file: store,
    find: 'if (secretFingerprints.has(fingerprint))',
    replace: 'if (byKeyId.get(keyId) !== undefined)',
  },
  {
    rule: '3 a key id under two credentials is refused',
    file: store,
    find: 'if (byKeyId.has(keyId))',
    replace: 'if (secretFingerprints.has(keyId))',
  },
  {
    rule: '4.3 Host is signed as sent',
    file: authority,
    find: "  const host = headers.getCanonical('host')\n",
    replace:
      "  const host = headers.getCanonical('host')?.toLowerCase()\n  const at = headers.pairs.findIndex(pair => pair[0] === 'host')\n  if (host !== undefined) headers.pairs[at] = ['host', host]\n",
  },
  {
    rule: '4.3 Host is compared without regard to case',
    file: authority,
    find: 'if (!isAllowed(name.toLowerCase()))',
    replace: 'if (!isAllowed(name))',
  },
  {
    rule: '4.3 Host with its port is one that is served',
    file: authority,
    find: 'return authority => allowed.has(authority)',
    replace: "return authority => allowed.has(authority) || allowed.has(authority.split(':')[0]!)",
  },
  {
    rule: '4.3 Host is one that is served',
    file: authority,
    find: 'if (!isAllowed(name.toLowerCase()))',
    replace: "if (name.includes('/'))",
  },
  {
    rule: '4.3 a request has a host',
    file: authority,
    find: "if (name === undefined || name === '')",
    replace: "if (name === undefined) return\n  if (name === '')",
  },
  {
    rule: '4.3 :authority stands for Host',
    file: authority,
    find: "headers.pairs.push(['host', authority])",
    replace: '',
  },
  {
    rule: '9 host is signed',
    file: presentation,
    find: 'assertRequiredSigned(authorization.signedHeaders,',
    replace: "assertRequiredSigned([...authorization.signedHeaders, 'host'],",
  },
  {
    rule: '4.3 :authority and Host are equal',
    file: authority,
    find: 'if (authority !== undefined && host !== undefined && host !== authority)',
    replace: 'if (authority !== undefined && host !== undefined && !isAllowed(authority))',
  },
  {
    rule: '4.4 the verifier computes the hash itself',
    file: verifier,
    find: 'const bodySha256 = createPayloadHash(request.body)',
    replace:
      'const bodySha256 = parsed.headers.get(presented.row.payloadHashHeader) ?? createPayloadHash(request.body)',
  },
  {
    rule: '4.4 the payload-hash header equals it',
    file: verifier,
    find: '    assertPayloadHash(parsed.headers, presented.row.payloadHashHeader, bodySha256)\n',
    replace: '',
  },
  {
    rule: '4.4 unsigned payloads are refused before the signature',
    file: verifier,
    find: '    assertPayloadHashForm(parsed.headers, presented.row.payloadHashHeader, bodySha256)\n',
    replace: '',
  },
  {
    rule: '4.4 a body that is not signed gets its own answer',
    file: verification,
    find: 'if (bodyUnsigned && credential !== undefined) throw refuseUnsignedBody()',
    replace: '',
  },
  {
    rule: '4.4 a body that is not signed is refused',
    file: verification,
    find: 'if (bodyUnsigned && credential !== undefined) throw refuseUnsignedBody()',
    replace:
      'if (bodyUnsigned && credential !== undefined) return { credential, canonicalRequest, claimId: copyClaimId() }',
  },
  {
    rule: '8 the signature is compared',
    file: verification,
    find: 'return timingSafeEqual(computedMac, presentedMac)',
    replace: 'return timingSafeEqual(computedMac.subarray(0, 0), presentedMac.subarray(0, 0))',
  },
  {
    rule: '8 all of the signature is compared',
    file: verification,
    find: 'return timingSafeEqual(computedMac, presentedMac)',
    replace: 'return timingSafeEqual(computedMac.subarray(1), presentedMac.subarray(1))',
  },
  {
    rule: '8 the secret is that of the key id',
    file: verifier,
    find: 'findByKeyId(presented.authorization.keyId)',
    replace: 'findByKeyId(presented.authorization.keyId.toLowerCase())',
  },
  {
    rule: '9 the date header is signed',
    file: presentation,
    find: 'assertRequiredSigned(authorization.signedHeaders,',
    replace: 'assertRequiredSigned([...authorization.signedHeaders, row.dateHeader],',
  },
  {
    rule: '9 headers under a prefix are signed',
    file: headers,
    find: 'if (first === 0x78 && hasSignedPrefix(name, rules))',
    replace: 'if (first === 0x58 && hasSignedPrefix(name, rules))',
  },
  {
    rule: '9 headers under the prefixes of all enabled rows are signed',
    file: rules,
    find: 'signedPrefixes: rows.map(row => row.headerPrefix)',
    replace: 'signedPrefixes: rows.slice(0, 1).map(row => row.headerPrefix)',
  },
  {
    rule: '9 the prefixes are those of enabled rows',
    file: rules,
    find: 'signedPrefixes: rows.map(row => row.headerPrefix)',
    replace: "signedPrefixes: ['x-partner-', 'x-amz-', 'x-acme-']",
  },
  {
    rule: '9 names are compared without regard to case',
    file: headers,
    find: 'known === undefined ? spelling.toLowerCase() : known.name',
    replace: 'known === undefined ? spelling : known.name',
  },
  {
    rule: '9 Idempotency-Key is signed',
    file: rules,
    find: "const SINGLETONS = ['authorization',",
    replace: "const SINGLETONS = ['idempotency-key', 'authorization',",
  },
  { rule: '9 Content-Encoding is signed', file: rules, find: "['content-encoding', ", replace: '[' },
  { rule: '9 Content-Digest is signed', file: rules, find: ", 'content-digest']", replace: ']' },
  {
    rule: '9 an unsigned Content-Type is ignored, not refused',
    file: rules,
    find: 'for (const name of SINGLETONS) add(name, {}, true)',
    replace: "for (const name of SINGLETONS) add(name, { mustSign: name === 'content-type' }, true)",
  },
  {
    rule: '9 handlers see signed headers only',
    file: 'server-verify/src/verified-caller.ts',
    find: 'this.#canonicalRequest = verified.canonicalRequest',
    replace:
      "this.#canonicalRequest = '\\n\\n\\n' + incoming.rawHeaders.map((text, i, all) => (i % 2 === 0 ? text.toLowerCase() + ':' + all[i + 1] + '\\n' : '')).join('') + '\\n'",
  },
  {
    rule: '9 handlers see canonical values',
    file: 'server-verify/src/verified-caller.ts',
    find: 'headers.set(line.slice(0, colon), line.slice(colon + 1))',
    replace: 'headers.set(line.slice(0, colon), line.slice(colon + 1).toLowerCase())',
  },
  {
    rule: '9 X-HTTP-Method-Override is refused',
    file: rules,
    find: "'x-http-method-override', ",
    replace: '',
  },
  { rule: '9 X-HTTP-Method is refused', file: rules, find: "'x-http-method', ", replace: '' },
  { rule: '9 X-Method-Override is refused', file: rules, find: ", 'x-method-override'", replace: '' },
  {
    rule: '9 transport headers are dropped',
    file: headers,
    find: 'if (rule.transport) continue\n',
    replace: '\n',
  },
  {
    rule: '9 a signature in the query is refused',
    file: presented,
    find: "const inQuery = request.query !== '' && QUERY_SIGNATURE.test(request.query)",
    replace: 'const inQuery = false',
  },
  {
    rule: '9 a signature in the query, whatever the label and case',
    file: presented,
    find: '/(?:^|&)x-[a-z0-9]+-signature=/i',
    replace: '/(?:^|&)X-Amz-Signature=/',
  },
  { rule: '9 one credential', file: presented, find: ' > 1)', replace: ' > 2)' },
  {
    rule: '9 one credential: X-API-Key is one',
    file: presented,
    find: "headers.get('x-api-key') !== undefined",
    replace: "headers.get('api-key') !== undefined",
  },
  {
    rule: '9 Authorization once',
    file: rules,
    find: "const SINGLETONS = ['authorization', ",
    replace: 'const SINGLETONS = [',
  },
  {
    rule: '9 Content-Type once',
    file: rules,
    find: "'authorization', 'content-type', ",
    replace: "'authorization', ",
  },
  { rule: '9 Content-Length once', file: rules, find: "'content-length', ", replace: '' },
  {
    rule: '9 Host once',
    file: rules,
    find: "const SIGNED_SINGLETONS = ['host', 'idempotency-key']\nconst SIGNED = [",
    replace: "const SIGNED_SINGLETONS = ['idempotency-key']\nconst SIGNED = ['host', ",
  },
  {
    rule: '9 Idempotency-Key once',
    file: rules,
    find: "const SIGNED_SINGLETONS = ['host', 'idempotency-key']\nconst SIGNED = [",
    replace: "const SIGNED_SINGLETONS = ['host']\nconst SIGNED = ['idempotency-key', ",
  },
  {
    rule: '9 the date header once',
    file: rules,
    find: '[row.dateHeader, row.payloadHashHeader, row.nonceHeader]',
    replace: '[row.payloadHashHeader, row.nonceHeader]',
  },
  {
    rule: '9 the payload-hash header once',
    file: rules,
    find: '[row.dateHeader, row.payloadHashHeader, row.nonceHeader]',
    replace: '[row.dateHeader, row.nonceHeader]',
  },
  {
    rule: '9 the nonce once',
    file: rules,
    find: '[row.dateHeader, row.payloadHashHeader, row.nonceHeader]',
    replace: '[row.dateHeader, row.payloadHashHeader]',
  },
  {
    rule: '10 the past end of the window',
    file: freshness,
    find: 'now - freshness.pastSeconds * 1000 <= timestamp',
    replace: 'now - freshness.pastSeconds * 1000 < timestamp',
  },
  {
    rule: '10 beyond the past end',
    file: freshness,
    find: 'now - freshness.pastSeconds * 1000 <= timestamp',
    replace: 'now - freshness.pastSeconds * 1000 - 1000 <= timestamp',
  },
  {
    rule: '10 the future end of the window',
    file: freshness,
    find: 'timestamp <= now + freshness.futureSeconds * 1000',
    replace: 'timestamp < now + freshness.futureSeconds * 1000',
  },
  {
    rule: '10 beyond the future end',
    file: freshness,
    find: 'timestamp <= now + freshness.futureSeconds * 1000',
    replace: 'timestamp <= now + freshness.futureSeconds * 1000 + 1000',
  },
  {
    rule: '10 both ends are set separately',
    file: freshness,
    find: 'timestamp <= now + freshness.futureSeconds * 1000',
    replace: 'timestamp <= now + freshness.pastSeconds * 1000',
  },
  {
    rule: '10 the time is judged at all',
    file: verifier,
    find: '    assertFresh(presented.timestamp, freshness, attempt.now)\n',
    replace: '',
  },
  {
    rule: '10 clock_skew only after the signature was found right',
    file: verifier,
    find: '    const verified = verifyHmacSignature(',
    replace:
      '    assertFresh(presented.timestamp, freshness, attempt.now)\n    const verified = verifyHmacSignature(',
  },
  {
    rule: '10 a request is accepted once',
    file: verifier,
    find: '    if (single) {\n',
    replace: '    if (single && request.body.length > 1e9) {\n',
  },
  {
    rule: '10 a GET is accepted once, too',
    file: verifier,
    find: "const single = requirement.replay !== 'off' || request.method !== 'GET'",
    replace: "const single = request.method !== 'GET'",
  },
  {
    rule: '10 the claim is for the signature, not for the time',
    file: verifier,
    find: '    id: claimId,\n',
    replace: '    id: Buffer.from(String(timestamp).padEnd(16)),\n',
  },
  {
    rule: '10 the claim is for what was computed, not for the text that came',
    file: verification,
    find: 'function copyClaimId(): Uint8Array {\n',
    replace:
      'let calls = 0\nfunction copyClaimId(): Uint8Array {\n  if (calls++ >= 0) return Buffer.from(String(calls).padStart(16))\n',
  },
  {
    rule: '10 a nonce is not remembered',
    file: verifier,
    find: '    const claim = createReplayClaim(verified, presented.timestamp, freshness, attempt.now)\n',
    replace:
      "    const nonce = caller.signedHeaders.get(presented.row.nonceHeader)?.slice(0, 16) ?? 'none'.padEnd(16)\n    const claim = createReplayClaim({ ...verified, claimId: Buffer.from(nonce) }, presented.timestamp, freshness, attempt.now)\n",
  },
  {
    rule: '10 a claim lives until timestamp + past + future',
    file: 'server-verify/src/replay-guard.ts',
    find: 'timestamp + pastMs + futureMs)',
    replace: 'timestamp + pastMs)',
  },
  {
    rule: '10 a claim lives for at least a second',
    file: 'server-verify/src/replay-guard.ts',
    find: 'Math.max(now + 1000, ',
    replace: 'Math.max(now, ',
  },
  {
    rule: '10 a refused request is not used up',
    file: verifier,
    find: '    assertFresh(presented.timestamp, freshness, attempt.now)\n',
    replace:
      "    await claimOrRefund(context.replay, { ...createReplayClaim(verified, presented.timestamp, freshness, attempt.now), keyId: 'early' }, undefined)\n    assertFresh(presented.timestamp, freshness, attempt.now)\n",
  },
  {
    rule: '10 the second copy is 409 request_replayed, retryable',
    file: 'server-verify/src/verification-error-codes.ts',
    find: "(new timestamp or nonce) and send it.',\n    retryable: true,",
    replace: "(new timestamp or nonce) and send it.',\n    retryable: false,",
  },
  {
    rule: '11 a revoked credential',
    file: validity,
    find: "if (state !== 'active')",
    replace: 'if (state === undefined)',
  },
  {
    rule: '11 a credential before its time',
    file: validity,
    find: 'if (notBefore !== undefined && !(notBefore <= now))',
    replace: 'if (notBefore !== undefined && !(notBefore > 0))',
  },
  {
    rule: '11 a credential in the moment when its time ends',
    file: validity,
    find: '!(now < notAfter)',
    replace: '!(now <= notAfter)',
  },
  {
    rule: '11 a credential of another environment',
    file: validity,
    find: 'if (credential.environment !== environment)',
    replace: "if (credential.environment === '')",
  },
  {
    rule: '11 the credential is judged at all, outside as one answer',
    file: validity,
    find: "throw new VerificationError('invalid_credentials', { detail })",
    replace: "throw new VerificationError('scope_missing', { detail })",
  },
  {
    rule: '11 scopes: all of them',
    file: 'server-verify/src/requirement.ts',
    find: 'if (credential.scopes.includes(scope)) continue',
    replace: 'if (credential.scopes.includes(scope)) return',
  },
  {
    rule: '11 the address is on the list',
    file: verifier,
    find: '    assertAddressAllowed(verified.credential.ipAllowList, address)\n',
    replace: '',
  },
  {
    rule: 'limits: a body as long as the limit',
    file: limits,
    find: 'if (request.body.length > limits.bodyBytes)',
    replace: 'if (request.body.length >= limits.bodyBytes)',
  },
  {
    rule: 'limits: a body beyond it',
    file: limits,
    find: 'if (request.body.length > limits.bodyBytes)',
    replace: 'if (request.body.length > limits.bodyBytes + 1)',
  },
  {
    rule: 'limits: headers, their number',
    file: limits,
    find: 'if (rawHeaders.length > limits.headerCount * 2)',
    replace: 'if (rawHeaders.length > limits.headerCount * 2 + 2)',
  },
  {
    rule: 'limits: headers, their bytes',
    file: limits,
    find: 'let bytes = request.target.length',
    replace: 'let bytes = 0',
  },
  {
    rule: 'limits: Authorization',
    file: limits,
    find: 'if (value.length > limits.authorizationBytes)',
    replace: 'if (value.length >= limits.authorizationBytes)',
  },
  {
    rule: 'what is remembered: keys of another day',
    file: 'server-verify/src/signing-key-cache.ts',
    find: 'entry.date === date && ',
    replace: '',
  },
  {
    rule: 'what is remembered: keys of another row',
    file: 'server-verify/src/signing-key-cache.ts',
    find: 'entry.algorithm === algorithm && ',
    replace: '',
  },
  {
    rule: 'what is remembered: the form of the signature',
    file: 'server-verify/src/authorization-memo.ts',
    find: 'if (!isLowerHex(value, cut)) return undefined',
    replace: '',
  },
]
