/**
 * A mistake in how a service is put together, told at its first request and never as a refusal of the caller: the
 * raw body is gone, so nothing can be verified.
 */
export class BodyReadError extends TypeError {
  override readonly name = 'BodyReadError' as const
  readonly code = 'body_read_before_verification' as const
  /** For the error handlers of frameworks. */
  readonly status = 500 as const

  constructor() {
    super(
      'The body was read before the verifier saw its raw bytes. Mount the verifier before every body parser, once per request.',
    )
  }
}

/** The caller went away while it was sending: there is nobody to answer, and nothing for a log. */
export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError' as const

  constructor(options?: ErrorOptions) {
    super('The connection was closed before the body was complete.', options)
  }
}
