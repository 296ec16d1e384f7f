import { quoteFragment } from '../errors.js'
import type { CanonicalRequestParts } from './canonical-request-parts.js'
import { cause, type DiagnosisCause } from './cause.js'

/** Why two lists of signed headers or their values differ; `undefined` when they do not. */
export function explainHeaders(
  signer: CanonicalRequestParts,
  verifier: CanonicalRequestParts,
): DiagnosisCause | undefined {
  if (signer.signedHeaders !== verifier.signedHeaders)
    return explainList(signer.signedHeaders, verifier.signedHeaders)
  for (const name of verifier.signedHeaders.split(';')) {
    const signed = signer.headers.get(name)
    const arrived = verifier.headers.get(name)
    if (signed === arrived) continue
    if (signed === undefined) return explainAbsent(name, signer)
    if (arrived === undefined)
      return cause(
        'header_missing',
        `The header ${name} was signed but did not arrive. A proxy may have removed it.`,
      )
    return explainValue(name, signed, arrived)
  }
  return undefined
}

function explainList(signer: string, verifier: string): DiagnosisCause {
  const names = (list: string): string[] => list.toLowerCase().split(';').sort()
  if (names(signer).join(';') === names(verifier).join(';')) {
    return cause(
      'signed_headers_order',
      'SignedHeaders must be in lower case and sorted by bytes, in the canonical request and in Authorization alike.',
    )
  }
  const missing = names(verifier).filter(name => !names(signer).includes(name))
  const extra = names(signer).filter(name => !names(verifier).includes(name))
  const facts = [
    missing.length > 0 ? `lacks ${missing.join(', ')}` : '',
    extra.length > 0 ? `has ${extra.join(', ')} too many` : '',
  ]
  return cause(
    'signed_headers_differ',
    `The signer's list of signed headers ${facts.filter(fact => fact !== '').join(' and ')}. The list in the canonical request must be the one in Authorization.`,
  )
}

function explainAbsent(name: string, signer: CanonicalRequestParts): DiagnosisCause {
  const other = [...signer.headers.keys()].find(candidate => candidate.toLowerCase() === name)
  return other === undefined
    ? cause(
        'header_missing',
        `SignedHeaders lists ${name}, but the signer's canonical headers have no line for it.`,
      )
    : cause(
        'header_name_case',
        `The signer's canonical headers write ${quoteFragment(other)}; header names are in lower case there.`,
      )
}

function explainValue(name: string, signed: string, arrived: string): DiagnosisCause {
  const change = `${quoteFragment(signed)} was signed, ${quoteFragment(arrived)} arrived`
  if (collapse(signed) === collapse(arrived)) {
    return cause(
      'header_white_space',
      `The values of ${name} differ in white space only: trim both ends and make inner runs of spaces one.`,
    )
  }
  if (name === 'host') return explainHost(signed, arrived)
  if (name.endsWith('-date')) {
    return cause(
      'date_differs',
      `The date header changed after signing (${change}). Take the time once per request; sign again for each attempt.`,
    )
  }
  if (name === 'content-type' && mediaType(signed) === mediaType(arrived)) {
    return cause(
      'content_type_charset',
      `Your HTTP client changed the parameters of Content-Type (${change}). Sign the value that is sent.`,
    )
  }
  return cause('header_differs', `The header ${name} changed after signing: ${change}.`)
}

function explainHost(signed: string, arrived: string): DiagnosisCause {
  const port = /:[0-9]+$/
  const name = (host: string): string => host.replace(port, '').toLowerCase()
  const twoPorts = port.test(signed) && port.test(arrived) && port.exec(signed)![0] !== port.exec(arrived)![0]
  if (name(signed) === name(arrived) && !twoPorts) {
    return cause(
      'host_port',
      `Host differs in its port or case: ${signed} was signed, ${arrived} arrived. Sign Host exactly as it is sent; old curl (before 7.86) leaves the port out.`,
    )
  }
  return cause(
    'host_rewritten',
    `Host was rewritten by a proxy: ${signed} was signed, ${arrived} arrived. The proxy must pass Host unchanged.`,
  )
}

function collapse(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')
}

function mediaType(value: string): string {
  return value.split(';', 1)[0]!.trim().toLowerCase()
}
