import { ApiProblem } from '../api-problem.js'

/**
 * Reads the verified query. The verifier has made sure that it is canonical: `name=value` pairs, no name twice.
 *
 * @throws ApiProblem `query_invalid` for a name that the route does not know
 */
export function readQuery(query: string, known: readonly string[]): ReadonlyMap<string, string> {
  const pairs = query === '' ? [] : query.split('&')
  return new Map(
    pairs.map(pair => {
      const equals = pair.indexOf('=')
      const name = decode(pair.slice(0, equals))
      if (!known.includes(name))
        throw queryInvalid(
          name,
          'unknown_parameter',
          known.length === 0
            ? 'This route takes no query.'
            : `This parameter is not known here. Known are ${known.join(', ')}.`,
        )
      return [name, decode(pair.slice(equals + 1))]
    }),
  )
}

export function queryInvalid(parameter: string, code: string, detail: string): ApiProblem {
  return new ApiProblem('query_invalid', detail, [{ parameter: parameter.slice(0, 64), code, detail }])
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw queryInvalid('', 'not_utf8', 'The query holds percent-encoded bytes that are not UTF-8.')
  }
}
