import { percentEncodeByte } from '../percent-encode.js'

const NOT_UNRESERVED = /[^A-Za-z0-9._~-]/g

/** What clients and gateways make of a path before it is signed, or after. */
export function listPathVariants(path: string): readonly string[] {
  const segments = path.split('/')
  const withoutFirst = segments.length > 2 ? `/${segments.slice(2).join('/')}` : '/'
  return [
    encode(path, /[^A-Za-z0-9._~/-]/g),
    encode(path, NOT_UNRESERVED),
    ...['-', '.', '_', '~'].map(char => path.replaceAll(char, percentEncodeByte(char.charCodeAt(0)))),
    encode(path, /[^A-Za-z0-9/]/g),
    decode(path),
    path.replace(/%[0-9A-Fa-f]{2}/g, triplet => triplet.toLowerCase()),
    path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
    path.replace(/\/{2,}/g, '/'),
    path.replace(/^\//, '//'),
    path.slice(1),
    withoutFirst,
    `/${segments[1] ?? ''}${path}`,
    ...['/api', '/v1', '/sandbox', '/live'].map(prefix => `${prefix}${path}`),
    path.toLowerCase(),
    '/',
    '',
  ]
}

/** The same for a query. */
export function listQueryVariants(query: string): readonly string[] {
  if (query === '') return []
  const pairs = query.split('&')
  return [
    '',
    `?${query}`,
    [...pairs].sort().join('&'),
    [...pairs].reverse().join('&'),
    query.replaceAll('%20', '+'),
    query.replaceAll('%2B', '+'),
    query.replaceAll('%2B', '%20'),
    decode(query),
    query.replace(/%[0-9A-F]{2}/g, triplet => triplet.toLowerCase()),
    encode(query, /[^A-Za-z0-9._~&=-]/g),
    encode(query, NOT_UNRESERVED),
    query.replaceAll('%2F', '/').replaceAll('%3A', ':'),
    query.replaceAll('=&', '&').replace(/=$/, ''),
  ]
}

function encode(text: string, what: RegExp): string {
  return text.replace(what, char => percentEncodeByte(char.charCodeAt(0)))
}

function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
