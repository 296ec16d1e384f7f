// §13: HTTP message signatures.
const fields = 'protocol/src/http-message-signatures/signature-fields.ts'
const structured = 'protocol/src/http-message-signatures/structured-fields.ts'
const parameters = 'protocol/src/http-message-signatures/signature-parameters.ts'
const components = 'protocol/src/http-message-signatures/covered-components.ts'
const base = 'protocol/src/http-message-signatures/signature-base.ts'
const digest = 'protocol/src/http-message-signatures/content-digest.ts'
const profile = 'protocol/src/http-message-signatures/signature-profile.ts'
const tagged = 'protocol/src/http-message-signatures/tagged-signature.ts'
const presentation = 'server-verify/src/schemes/http-message-signature-presentation.ts'
const scheme = 'server-verify/src/schemes/http-message-signature-scheme.ts'
const signer = 'sdk/src/message-signature.ts'

export const HTTP_SIGNATURE_BREAKAGES = [
  {
    rule: '13.2 no component twice',
    file: components,
    find: 'if (seen.has(name))',
    replace: "if (seen.has(name) && name === '')",
  },
  {
    rule: '13.2 no signature over a signature',
    file: components,
    find: "new Set(['signature', 'signature-input'])",
    replace: 'new Set([])',
  },
  {
    rule: '13.2 no component has a parameter',
    file: parameters,
    find: 'if (parameter !== undefined)',
    replace: "if (parameter === 'sf')",
  },
  {
    rule: '13.2 blanks inside a value stay',
    file: base,
    find: 'const trimmed = trimEnd(value)',
    replace: "const trimmed = trimEnd(value).replace(/ +/g, ' ')",
  },
  {
    rule: '13.2 lines are joined by a comma and a space',
    file: base,
    find: '}, $',
    replace: '},$',
  },
  {
    rule: '13.2 values are ASCII',
    file: base,
    find: 'const FIELD_VALUE = /^[\\x20-\\x7e]*$/',
    replace: 'const FIELD_VALUE = /^[^\\t]*$/',
  },
  {
    rule: '13.2 a Host in capitals is refused',
    file: base,
    find: 'const AUTHORITY = /^[\\x21-\\x40\\x5b-\\x7e]+$/',
    replace: 'const AUTHORITY = /^[\\x21-\\x7e]+$/',
  },
  {
    rule: '13.2 no query is a question mark',
    file: base,
    find: 'if (TARGET.test(query)) return `?',
    replace: "if (TARGET.test(query)) return query === '' ? '' : `?",
  },
  {
    rule: '13.2 the method as sent',
    file: base,
    find: 'if (METHOD.test(method)) return method',
    replace: 'if (METHOD.test(method)) return method.toUpperCase()',
  },
  {
    rule: '13.2 a covered header is there',
    file: base,
    find: 'if (value !== undefined) return value',
    replace: "return value ?? ''",
  },
  {
    rule: '13.2 with a body its digest and type',
    file: profile,
    find: "requiredWithBody: ['content-digest', 'content-type']",
    replace: "requiredWithBody: ['content-digest']",
  },
  {
    rule: '13.2 the query always',
    file: profile,
    find: "requiredComponents: ['@method', '@authority', '@path', '@query']",
    replace: "requiredComponents: ['@method', '@authority', '@path']",
  },
  {
    rule: '13.2 what §9 names',
    file: profile,
    find: 'for (const name of mustCover) if (!covered.has(name))',
    replace: "for (const name of mustCover) if (name === '')",
  },
  {
    rule: '13.2 headers of the partner',
    file: presentation,
    find: 'const mustCover = listMustCover(request)',
    replace: "const mustCover = listMustCover(request).filter(name => !name.startsWith('x-partner-'))",
  },
  {
    rule: '13.3 one spelling',
    file: parameters,
    find: 'if (serializeInnerList(list) !== text)',
    replace: "if (text === '')",
  },
  {
    rule: '13.3 known parameters only',
    file: parameters,
    find: 'if (!TEXTS.has(name))',
    replace: "if (!TEXTS.has(name) && name === 'tag')",
  },
  {
    rule: '13.3 times are integers',
    file: parameters,
    find: 'Number.isInteger(value) && value >= 0',
    replace: 'value >= 0',
  },
  {
    rule: '13.3 base64 in one spelling',
    file: structured,
    find: 'return formatByteSequence(view) === text ? view : undefined',
    replace: 'return view',
  },
  {
    rule: '13.3 no label twice',
    file: fields,
    find: 'if (repeated !== undefined)',
    replace: "if (repeated === '')",
  },
  {
    rule: '13.3 labels in both fields',
    file: tagged,
    find: 'if (!signatures.has(label)) throw',
    replace: "if (label === '') throw",
  },
  {
    rule: '13.3 two with our tag are refused',
    file: tagged,
    find: 'if (second === undefined) return member',
    replace: 'if (member !== second) return member',
  },
  {
    rule: '13.3 the signature with our tag',
    file: tagged,
    find: 'candidate => candidate.tag === tag',
    replace: "candidate => candidate.tag !== ''",
  },
  {
    rule: '13.3 all parameters',
    file: profile,
    find: "requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'tag']",
    replace: "requiredParameters: ['created', 'expires', 'keyid', 'tag']",
  },
  {
    rule: '13.3 expires after created',
    file: profile,
    find: 'if (!(created! < expires!))',
    replace: 'if (!(created! <= expires!))',
  },
  { rule: '13.3 a nonce of 16 or more', file: profile, find: 'min: 16', replace: 'min: 15' },
  { rule: '13.3 a nonce of 128 or less', file: profile, find: 'max: 128', replace: 'max: 129' },
  {
    rule: '13.3 lifetime',
    file: presentation,
    find: 'if (expires - created <= pastSeconds) return',
    replace: 'if (expires - created <= 2 * pastSeconds) return',
  },
  {
    rule: '13.3 key ids have a form',
    file: presentation,
    find: 'parseKeyId(parameters.keyid)',
    replace: 'String(parameters.keyid)',
  },
  {
    rule: '13.1 64 bytes',
    file: presentation,
    find: 'if (signature.length !== profile.signatureBytes)',
    replace: 'if (signature.length === 0)',
  },
  {
    rule: '13.4 the digest is computed',
    file: presentation,
    find: 'parseContentDigest(digest) === attempt.hashBody()',
    replace: "parseContentDigest(digest) !== ''",
  },
  {
    rule: '13.4 no algorithm twice',
    file: digest,
    find: 'if (findRepeatedKey(members) !== undefined)',
    replace: "if (findRepeatedKey(members) === '')",
  },
  {
    rule: '13.5 the signature parameters come last',
    file: base,
    find: '"@signature-params": $',
    replace: '"@signature-params":$',
  },
  {
    rule: '13.6 alg is that of the key',
    file: scheme,
    find: 'parameters.alg !== undefined && parameters.alg !== credential.algorithm',
    replace: "parameters.alg === undefined && credential.algorithm === ('' as string)",
  },
  {
    rule: '13.6 a wrong signature is refused',
    file: scheme,
    find: 'if (verified) return credential',
    replace: "if (verified || credential.keyId !== '') return credential",
  },
  {
    rule: '13.6 expires is not past',
    file: scheme,
    find: 'if (now <= expires * 1000) return',
    replace: 'if (now <= expires * 2000) return',
  },
  {
    rule: '13.6 created within the window',
    file: scheme,
    find: 'assertFresh(created * 1000, freshness, now)',
    replace: 'assertFresh(now, freshness, now)',
  },
  {
    rule: '13.6 a copy is found by its base',
    file: scheme,
    find: ".update(base, 'latin1').digest()",
    replace: '.update(presented.signature).digest()',
  },
  {
    rule: '13.2 the sdk covers what it must',
    file: signer,
    find: 'if (!RULE.mustSign(name)) continue',
    replace: "if (!RULE.mustSign(name) || name === 'idempotency-key') continue",
  },
  {
    rule: '13.3 the sdk writes expires',
    file: signer,
    find: 'expires: created + lifetimeSeconds',
    replace: 'expires: created + 2 * lifetimeSeconds',
  },
]
