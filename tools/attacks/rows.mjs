// The attacks that a verifier of signed requests has to stand, row by row, and by which titles the tests of each are
// found. A row that no test covers fails the run, so a renamed test cannot take its row along unnoticed.
const CONFORMANCE = 'packages/server-verify/test/conformance/'
const VECTORS = 'packages/server-verify/test/vectors.test.ts'
const TOKENS = 'packages/server-verify/test/access-token.test.ts'
const TOTALITY = 'packages/server-verify/test/totality.test.ts'

/** One attack: the file (a prefix of its path) and what the title of a test that covers it holds. */
const row = (attack, file, title) => ({ attack, file, title })
const wire = (attack, title) => row(attack, CONFORMANCE, title)

export const GROUPS = {
  'A. target and headers': [
    wire('`%2F` in the path', /> A1 path .*%2F/i),
    wire('`//` in the path', /> A1 path .*\/\//),
    wire('dot segments', /> A3 dot segment/),
    wire('absolute-form target', /> A4 absolute-form/),
    wire('escapes in the path', /> A1 path .*%41/),
    wire('one signature, another spelling of the target', /> A2 signed/),
    wire('a query that is not canonical', /> A10 query: (?:needless escape|no equals sign)/),
    wire('Host against :authority', /HTTP\/2 > A5/),
    wire('Host against X-Forwarded-Host', /> A5 X-Forwarded-Host/),
    wire('HTTP/1.0 without Host', /> A6 HTTP\/1\.0 without Host/),
    wire('a header twice that may stand once', /> A7 /),
    wire('folded headers', /> A8 a folded header/),
    wire('whitespace in values', /> A9 /),
    wire('a query unsorted, or a name twice', /> A10 query: (?:unsorted|a name twice)/),
    wire('`+` in the query', /> A10 query: a plus/),
    wire('bad escapes in the query', /> A10 query: (?:bad|cut) escape/),
    wire('NFC against NFD', /> A11 .*NF[CD]|> A11 signed .*e%CC%81/),
    wire('method override', /> A12 X-HTTP-Method-Override/),
    wire('SignedHeaders unsorted', /> A13 SignedHeaders is unsorted/),
    wire('SignedHeaders in upper case', /> A13 SignedHeaders is in upper case/),
    wire('SignedHeaders with a name twice', /> A13 SignedHeaders names host twice/),
    wire('SignedHeaders names an absent header', /> A13 SignedHeaders names an absent header/),
    wire('SignedHeaders names `constructor`', /> A13 SignedHeaders names constructor/),
    wire('SignedHeaders names `__proto__`', /> A13 SignedHeaders names __proto__/),
    wire('Host not signed', /> A14 host is not signed/),
    wire('date not signed', /> A14 the date is not signed/),
    wire('day of the scope against day of the date', /> A15 the day of the scope/),
  ],
  'B. body': [
    wire('unsigned and streaming payload tokens', /> B1 (?:UNSIGNED|STREAMING)/),
    wire('payload-hash header against body', /> B2 /),
    wire('trailers', /> B3 /),
    wire('limit − 1, limit, limit + 1', /> B4 limit 4096, 409[567] bytes/),
    wire('gzip', /> B5 gzip/),
    wire('a body that something parsed before', /> B6 /),
    wire('0xFF against U+FFFD', /> B7 signed (?:U\+FFFD|0xFF)/),
    wire('byte order mark', /> B7 a BOM/),
    wire('duplicate JSON names and `__proto__` arrive as bytes', /> B7 JSON with a name twice and __proto__/),
    row(
      'duplicate JSON names are refused by the service',
      'packages/sandbox/src/strict-json.test.ts',
      /duplicate|twice/i,
    ),
    row(
      '`__proto__` in JSON is refused by the service',
      'packages/sandbox/src/strict-json.test.ts',
      /__proto__/,
    ),
    wire('Content-Length against Transfer-Encoding', /> B8 Content-Length and Transfer-Encoding/),
  ],
  'C. time and replay': [
    wire('year 9999', /> C1 time: the year 9999/),
    wire('30 February', /> C1 time: no 30 February/),
    wire('256199Z', /> C1 time: 25 h 61 min 99 s/),
    wire('second 60', /> C1 time: second 60/),
    wire('NaN', /> C1 time: NaN/),
    wire('two dates', /> C2 a fresh second date|> A7 a second X-Partner-Date/),
    wire('200 concurrent copies of one request', /> C3 200 concurrent copies/),
    row(
      '200 concurrent copies over two processes',
      'packages/server-verify/test/',
      /200 .*two .*processes|two processes.*200/i,
    ),
    wire('both ends of the window, with a fake clock', /> C1 30[01] s (?:behind|ahead)/),
    wire('bad signatures leave nothing in the store', /> C5 500 wrong signatures/),
    row(
      'a flood of bad signatures keeps memory flat',
      'packages/server-verify/test/',
      /flat|bad signatures/i,
    ),
    wire('a full store is 503', /> C6 a full store is 503/),
    wire('restart', /> C7 started/),
    row('restart of a shared store that lost its data', 'packages/server-verify/test/redis-', /restart/),
    wire('hex in another case', /> C9 signature in upper-case hex/),
    wire('a claim and then 429', /> C10 refused for its quota/),
    row('a DPoP proof twice', 'packages/server-verify/test/dpop.test.ts', /twice|replay|again/i),
    row(
      'an RFC 9421 signature twice',
      'packages/server-verify/test/http-message-signature',
      /twice|replay|again/i,
    ),
  ],
  'D. keys and tokens': [
    row('algorithm confusion (token)', TOKENS, /HS256|confus|another algorithm/i),
    row(
      'algorithm confusion (RFC 9421)',
      'packages/server-verify/test/http-message-signature',
      /alg naming the other/,
    ),
    row('`none`', TOKENS, /alg none/i),
    row('`crit`', TOKENS, /\bcrit\b/),
    row('`jku`, `x5u`, `jwk`', TOKENS, /\b(?:jku|x5u|jwk)\b/),
    row('kid injection', TOKENS, /kid .*(?:__proto__|\.\.|path|SQL|NUL)/i),
    row('kid of 64 KiB', TOKENS, /kid of 64 KiB/),
    row(
      '1,000 random kids cause one fetch',
      'packages/server-verify/src/tokens/jwks-source.test.ts',
      /1,000 unknown key ids/,
    ),
    row(
      'an outage of the key set is never 401',
      'packages/server-verify/',
      /outage.*(?:503|never|stale|bound)|(?:stale|bound).*503/i,
    ),
    wire('an unknown key looks like a bad signature (body)', /> D8 /),
    row('an unknown key looks like a bad signature (time)', 'benchmarks/timing.mjs', /`npm run timing`/),
    row(
      'a dump of the credential store holds no usable secret',
      'packages/server-verify/test/store-dump.test.ts',
      /./,
    ),
    row(
      'Client-Cert from a client',
      'packages/server-verify/test/client-certificate.test.ts',
      /Client-Cert from a client/,
    ),
    row('identity headers from a client', 'packages/server-verify/', /identity header|spoof/i),
    row(
      'expired, not yet valid, revoked, of another environment',
      'packages/server-verify/src/credential-validity.test.ts',
      /credential_/,
    ),
    row(
      'a forged signature beside a valid one (RFC 9421)',
      'packages/server-verify/test/http-message-signature',
      /forged/i,
    ),
  ],
  'E. limits and oracles': [
    row('64 KiB fields take linear time', TOTALITY, /takes linear time/),
    row('log injection, secrets in logs', 'packages/server-verify/', /canar/i),
    row('prototype pollution', 'packages/server-verify/test/pipeline.test.ts', /__proto__ and constructor/),
    row('integer overflow', VECTORS, /overflow|99999999|year-9999|huge/i),
    wire('a length beyond 64 bits', /> B8 Content-Length: 9{10,}/),
    row('whatever is thrown denies', 'packages/server-verify/test/pipeline.test.ts', /outages deny/),
    row('a repeated offender is blocked by address, never by key id', 'packages/server-verify/', /block/i),
  ],
  Property: [
    row(
      'any byte of any signed part changed: never 2xx, never 5xx',
      'packages/server-verify/test/mutation.test.ts',
      /./,
    ),
    row('the same for RFC 9421', 'packages/server-verify/test/http-message-signature', /byte/i),
  ],
}
