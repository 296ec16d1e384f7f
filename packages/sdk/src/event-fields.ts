import { quoteFragment } from '@countersign/protocol'
import { type FieldProblem, isRecord } from './problem-details.js'

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** What a text member may be. Lengths count characters (code points), as JSON Schema does. */
export interface TextForm {
  /** Default 1. */
  readonly min?: number | undefined
  readonly max: number
  readonly multiline?: boolean | undefined
  readonly required?: boolean | undefined
}

/** Reads the members of one object of an event and collects every fault with its JSON pointer. */
export class EventFields {
  readonly errors: FieldProblem[]
  readonly #members: Readonly<Record<string, unknown>>
  readonly #pointer: string

  constructor(
    value: unknown,
    pointer: string,
    known: readonly string[],
    code: string,
    errors: FieldProblem[] = [],
  ) {
    this.errors = errors
    this.#pointer = pointer
    this.#members = isRecord(value) ? value : {}
    if (!isRecord(value)) {
      errors.push({ pointer, code, detail: 'This must be an object.' })
      return
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name) || value[name] === undefined) continue
      const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1')
      const detail = `${quoteFragment(name)} is no field here. Known: ${known.join(', ')}.`
      errors.push({ pointer: `${pointer}/${escaped}`, code: 'unknown_field', detail })
    }
  }

  take(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
  }

  fault(name: string, code: string, detail: string, suggestion?: string): undefined {
    const problem = { pointer: `${this.#pointer}/${name}`, code, detail }
    this.errors.push(suggestion === undefined ? problem : { ...problem, suggestion })
    return undefined
  }

  inside(
    name: string,
    value: unknown,
    known: readonly string[],
    code: string = `invalid_${name}`,
  ): EventFields {
    return new EventFields(value, `${this.#pointer}/${name}`, known, code, this.errors)
  }

  matching(
    name: string,
    form: RegExp,
    words: string,
    code: string,
    required: boolean = false,
  ): string | undefined {
    const value = this.take(name)
    if (value === undefined && !required) return undefined
    if (typeof value === 'string' && form.test(value)) return value
    return this.fault(name, code, `This must be ${words}.`)
  }

  text(name: string, code: string, form: TextForm): string | undefined {
    const value = this.take(name)
    if (value === undefined && form.required !== true) return undefined
    if (typeof value !== 'string') return this.fault(name, code, 'This must be text.')
    const { min = 1, max } = form
    const { length } = Array.from(value)
    if (length < min || length > max)
      return this.fault(name, code, `This must have ${min} to ${max} characters; it has ${length}.`)
    if ((form.multiline === true ? CONTROL_BUT_LINES : CONTROL).test(value) || LONE_SURROGATE.test(value))
      return this.fault(name, code, 'This holds a control character or half of a character. Remove it.')
    return value
  }

  url(name: string, code: string, max: number): string | undefined {
    const value = this.text(name, code, { max })
    if (value === undefined) return undefined
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')) return value
    return this.fault(name, code, 'This must be an absolute http or https URL.')
  }
}
