/** Why a row was rejected, as it stands in the rejects file. */
export interface Rejection {
  readonly code: string
  readonly detail: string
}

/** The part of problem details and of the sdk's `OrderStatusError` that says why a row was refused. */
export interface RefusalFacts {
  readonly code: string
  readonly detail?: string | undefined
  readonly title?: string | undefined
  readonly errors?:
    | readonly {
        readonly pointer: string
        readonly code: string
        readonly detail: string
        readonly suggestion?: string | undefined
      }[]
    | undefined
}

/** The user's word for a field: the column of a CSV file, or the path in the event. */
export type NameOfField = (path: readonly string[]) => string

const SHOWN_CHARACTERS = 40

/**
 * Why a row was refused, for one who sees only the row: the code of its first wrong field, and every wrong field with
 * the value that stands there.
 *
 * @param update the event as it was read from the row
 * @param nameOf how the user calls a field; default: as the API does
 */
export function describeRefusal(
  facts: RefusalFacts,
  update: Readonly<Record<string, unknown>>,
  nameOf: NameOfField = path => path.join('.'),
): Rejection {
  const [first] = facts.errors ?? []
  if (first === undefined) {
    return { code: facts.code, detail: onOneLine(facts.detail ?? facts.title ?? facts.code) }
  }
  const details = facts.errors!.map(({ pointer, code, detail, suggestion }) => {
    const path = pointer.split('/').slice(1)
    const value = path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), update)
    const name = nameOf(path)
    if (value === undefined) return `${name} is missing: ${detail}`
    if (typeof value === 'string' && code === 'invalid_status') {
      return `${name} ${quoteValue(value)} is not a status.${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`}`
    }
    if (typeof value === 'string' && code === 'invalid_occurred_at') {
      return `${name} ${quoteValue(value)} is no date and time, such as 2026-11-21T23:30:40Z or 21.11.2026 14:05.`
    }
    return `${name} ${quoteValue(value)}: ${detail}`
  })
  return { code: first.code, detail: onOneLine(details.join(' ')) }
}

/** A value of the file in a message: quoted and cut. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return `"${text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}"`
}

/** Cells of a hostile file and texts of the server may hold anything; a terminal and a CSV line may not. */
export function onOneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
