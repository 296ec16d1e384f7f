import type { DiagnosisCause } from './cause.js'

/** One of the ways in which a signer may have computed a value. */
export interface Variant<T> {
  readonly value: T
  /** The mistakes in it; none for the right way. */
  readonly causes: readonly DiagnosisCause[]
}
