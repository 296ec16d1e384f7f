/** One fault of one field, as it stands in a problem's `errors`. */
export interface FieldError {
  /** RFC 6901, from the root of the request body. */
  readonly pointer: string
  readonly code: string
  readonly detail: string
  /** What was most likely meant. */
  readonly suggestion?: string
}
