import type { FieldError } from './field-error.js'
import type { JsonObject, JsonValue } from './strict-json.js'

/** Bounds of a free text, in Unicode characters. */
export interface TextBounds {
  readonly min?: number
  readonly max: number
  readonly multiline?: boolean
  readonly required?: boolean
}

/** How many unknown names of one object are reported. */
const MAX_UNKNOWN = 20

/** Reads the members of one object and collects what is wrong with them. */
export class Fields {
  readonly errors: FieldError[]
  readonly #pointer: string
  readonly #object: JsonObject

  constructor(value: JsonValue, pointer: string, known: readonly string[], errors: FieldError[] = []) {
    this.errors = errors
    this.#pointer = pointer
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
    this.#object = isObject ? (value as JsonObject) : {}
    if (!isObject) errors.push({ pointer, code: 'type', detail: 'This must be an object.' })
    const unknown = Object.keys(this.#object).filter(name => !known.includes(name))
    for (const name of unknown.slice(0, MAX_UNKNOWN)) {
      const shown = name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')
      errors.push({
        pointer: `${pointer}/${shown}`,
        code: 'unknown_field',
        detail: `This field is not known here. Known are ${known.join(', ')}.`,
      })
    }
  }

  /** The members of an object or array member; faults go to the same list. */
  inside(path: string, value: JsonValue, known: readonly string[]): Fields {
    return new Fields(value, `${this.#pointer}/${path}`, known, this.errors)
  }

  take(name: string, required = false): JsonValue | undefined {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
    if (value === undefined && required) this.fault(name, 'required', 'This field is required.')
    if (value === null)
      return this.fault(name, 'type', 'null is not accepted. Leave the field out when there is no value.')
    return value
  }

  string(name: string, required = false): string | undefined {
    const value = this.take(name, required)
    if (value === undefined || typeof value === 'string') return value
    return this.fault(name, 'type', 'This must be a string.')
  }

  matching(name: string, form: RegExp, what: string, required: boolean): string | undefined {
    const value = this.string(name, required)
    return value === undefined || form.test(value)
      ? value
      : this.fault(name, 'format', `This must be ${what}.`)
  }

  /** Free text without control characters; its length is counted as JSON Schema does. */
  text(name: string, bounds: TextBounds): string | undefined {
    const { min = 1, max, multiline = false, required = false } = bounds
    const value = this.string(name, required)
    if (value === undefined) return undefined
    const length = value.length > max * 2 ? value.length : [...value].length
    if (length < min || length > max)
      return this.fault(name, 'length', `This must be ${min} to ${max} characters long.`)
    const control = multiline ? /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/ : /[\0-\x1f\x7f]/
    return control.test(value) ? this.fault(name, 'format', 'This must not hold control characters.') : value
  }

  url(name: string, max: number): string | undefined {
    const value = this.text(name, { max })
    const isWebUrl = value !== undefined && /^https?:\/\/[!-~]+$/i.test(value) && URL.canParse(value)
    return value === undefined || isWebUrl
      ? value
      : this.fault(name, 'format', 'This must be an http or https URL in ASCII.')
  }

  integer(name: string): number | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    // Math.abs: -0 is 0.
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? Math.abs(value)
      : this.fault(name, 'type', 'This must be a whole number from 0 to 9007199254740991.')
  }

  fault(name: string, code: string, detail: string, suggestion?: string): undefined {
    const pointer = `${this.#pointer}/${name}`
    this.errors.push({ pointer, code, detail, ...(suggestion === undefined ? {} : { suggestion }) })
  }
}
