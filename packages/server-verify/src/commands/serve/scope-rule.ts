import { InvalidArgumentError } from 'commander'

/** Which scopes the requests to a path need. */
export interface ScopeRule {
  readonly methods: readonly string[]
  /** Of the whole path, or with `isPrefix` of its start. */
  readonly path: string
  readonly isPrefix: boolean
  readonly scopes: readonly string[]
}

const FORM =
  /^([A-Z]+(?:,[A-Z]+)*) (\/[^\s?#*]*)(\*?) ([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+(?:,[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+)*)$/

/** Reads `GET,POST /v1/* orders:read,orders:write`. @throws InvalidArgumentError */
export function parseRule(text: string): ScopeRule {
  const [, methods, path, star, scopes] = FORM.exec(text) ?? []
  if (methods === undefined || path === undefined || scopes === undefined)
    throw new InvalidArgumentError('It must be "METHODS PATH SCOPES", such as "GET,POST /v1/* orders:read".')
  return { methods: methods.split(','), path, isPrefix: star === '*', scopes: scopes.split(',') }
}

/** The first rule that fits; undefined: nobody may send this. */
export function findRule(
  rules: readonly ScopeRule[],
  method: string,
  requested: string,
): ScopeRule | undefined {
  return rules.find(
    ({ methods, path, isPrefix }) =>
      methods.includes(method) && (isPrefix ? requested.startsWith(path) : requested === path),
  )
}
