// What is mutated, in groups that take a few minutes each. Files of types alone and re-exports have nothing to mutate.
const filesOf = package_ => names => names.map(name => `packages/${package_}/src/${name}.ts`)
const protocol = filesOf('protocol')
const serverVerify = filesOf('server-verify')

export const SCOPES = {
  protocol: {
    canonical: protocol([
      ...['canonical-headers', 'canonical-query', 'canonical-request', 'canonical-uri', 'percent-encode'],
      'request-target',
    ]),
    authorization: protocol([
      ...[
        'authorization-header',
        'credential-scope',
        'signed-headers',
        'signing-scheme',
        'request-signature',
      ],
      ...['errors', 'timestamp'],
    ]),
    crypto: protocol([
      ...['payload-hash', 'sha256.node', 'sha256.noble', 'signature', 'signing-key', 'string-to-sign'],
    ]),
  },
  'server-verify': {
    pipeline: serverVerify(['request-verifier', 'single-use', 'freshness', 'credential-validity']),
    form: serverVerify(['header-rules', 'request-headers', 'request-authority', 'parsed-request']),
    signature: serverVerify([
      ...['schemes/hmac-presentation', 'schemes/hmac-signature', 'schemes/hmac-verification'],
      ...['presented-credential', 'required-signed-headers', 'payload-hash-header'],
      'authorization-memo',
    ]),
    replay: serverVerify(['stores/replay-table', 'stores/memory-replay-guard']),
    answer: serverVerify(['problem-response']),
  },
}
