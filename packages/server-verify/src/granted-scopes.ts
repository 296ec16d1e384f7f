import type { Credential } from './credential.js'

/** Role names and the scopes that each stands for. */
export type Roles = Readonly<Record<string, readonly string[]>>

/**
 * What a credential may do: its own scopes and those of its roles; of these at most `restrictedTo`, and at most what
 * the proof itself carries. A role that nobody defined grants nothing.
 *
 * @param proved scopes of the proof, e.g. of the access token; `undefined`: it limits nothing
 */
export function resolveGrantedScopes(
  { scopes, roles: names, restrictedTo }: Credential,
  roles: ReadonlyMap<string, readonly string[]>,
  proved: readonly string[] | undefined,
): readonly string[] {
  if (names === undefined && restrictedTo === undefined && proved === undefined) return scopes
  const granted = new Set(scopes)
  for (const name of names ?? []) for (const scope of roles.get(name) ?? []) granted.add(scope)
  return [...granted].filter(
    scope => (restrictedTo?.includes(scope) ?? true) && (proved?.includes(scope) ?? true),
  )
}
