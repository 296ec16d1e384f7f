import { quoteFragment } from '../errors.js'
import { cause, type DiagnosisCause } from './cause.js'

/** Why two canonical URIs differ. */
export function explainPath(signer: string, verifier: string): DiagnosisCause {
  if (encodeAgain(signer) === verifier || encodeAgain(verifier) === signer) {
    return cause(
      'path_double_encoded',
      'One side percent-encoded the path once more than the other. Sign the path exactly as it is sent, without encoding it again.',
    )
  }
  if (/^https?:\/\//i.test(signer)) {
    return cause(
      'path_absolute',
      `The whole URL was signed, ${quoteFragment(signer)}. The second line is the path only.`,
    )
  }
  if (signer.startsWith(`${verifier}?`)) {
    return cause(
      'path_with_query',
      'The query was signed as a part of the path. The path is the second line, the query without "?" the third.',
    )
  }
  const decodedSigner = decode(signer)
  const decodedVerifier = decode(verifier)
  if (decodedSigner === decodedVerifier) {
    return cause(
      'path_reencoded',
      `Your client re-encoded the path after signing (or before): ${quoteFragment(signer)} became ${quoteFragment(verifier)}. Use only A-Z a-z 0-9 . _ ~ - in paths, then there is nothing to encode.`,
    )
  }
  if (`${signer}/` === verifier || `${verifier}/` === signer) {
    return cause('path_trailing_slash', 'The paths differ in a "/" at the end. Sign and send the same one.')
  }
  if (resolveDots(decodedSigner) === resolveDots(decodedVerifier)) {
    return cause(
      'path_normalized',
      'A client or proxy resolved "//", "." or ".." in the path. Send the resolved path and sign that.',
    )
  }
  const [shorter, longer] = signer.length < verifier.length ? [signer, verifier] : [verifier, signer]
  if (longer.endsWith(shorter)) {
    const prefix = longer.slice(0, longer.length - shorter.length)
    return cause(
      'path_prefix',
      `A gateway ${longer === signer ? 'removed' : 'added'} the prefix ${quoteFragment(prefix)}. Sign the path that the verifying service sees, or have the gateway pass the path unchanged.`,
    )
  }
  if (signer.toLowerCase() === verifier.toLowerCase()) {
    return cause(
      'path_case',
      'The paths differ in upper and lower case only. Paths are case-sensitive: send what you sign.',
    )
  }
  return cause(
    'path_differs',
    `The signed path ${quoteFragment(signer)} is not the path that arrived, ${quoteFragment(verifier)}.`,
  )
}

/** Why two canonical queries differ. */
export function explainQuery(signer: string, verifier: string): DiagnosisCause {
  if (signer === '' || verifier === '') {
    const [present, side] =
      signer === '' ? [verifier, 'arrived but was not signed'] : [signer, 'was signed but did not arrive']
    return cause(
      'query_dropped',
      `The query ${quoteFragment(present)} ${side}. Sign the full target, query included.`,
    )
  }
  const pairsOfSigner = signer.split('&')
  const pairsOfVerifier = verifier.split('&')
  if (sorted(pairsOfSigner) === sorted(pairsOfVerifier)) {
    return cause(
      'query_order',
      'The query parameters stand in another order. Sort them by name, then sign and send them so.',
    )
  }
  if (decode(signer.replaceAll('+', '%20')) === decode(verifier.replaceAll('+', '%20'))) {
    const plus = signer.includes('+') || verifier.includes('+')
    return plus
      ? cause(
          'query_plus_as_space',
          'One side writes a space as "+". Write a space as %20 and a plus as %2B.',
        )
      : cause(
          'query_reencoded',
          'Your client re-encoded the query. Encode everything but A-Z a-z 0-9 - . _ ~ as upper-case %XX, sign that, send that.',
        )
  }
  const added = pairsOfVerifier.filter(pair => !pairsOfSigner.includes(pair))
  if (added.length > 0 && pairsOfSigner.every(pair => pairsOfVerifier.includes(pair))) {
    return cause(
      'query_parameter_added',
      `A parameter was added after signing: ${quoteFragment(added.join('&'))}.`,
    )
  }
  return cause(
    'query_differs',
    `The signed query ${quoteFragment(signer)} is not the query that arrived, ${quoteFragment(verifier)}.`,
  )
}

function encodeAgain(text: string): string {
  return text.replaceAll('%', '%25')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function resolveDots(path: string): string {
  const resolved: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') resolved.pop()
    else resolved.push(segment)
  }
  return resolved.join('/')
}

function sorted(pairs: readonly string[]): string {
  return [...pairs].sort().join('&')
}
