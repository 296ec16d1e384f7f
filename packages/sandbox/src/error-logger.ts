import type { FastifyBaseLogger } from 'fastify'

/** Told about every answer that is a fault of the sandbox itself. */
export type InternalErrorListener = (error: unknown, requestId: string) => void

/** A logger for Fastify that passes errors on and drops the rest: requests are in the audit log. */
export function createErrorLogger(listener: InternalErrorListener, requestId = ''): FastifyBaseLogger {
  const drop = (): void => undefined
  const pass = (fact: unknown): void => {
    const error = fact !== null && typeof fact === 'object' && 'err' in fact ? fact.err : fact
    if (error instanceof Error) listener(error, requestId)
  }
  return {
    level: 'error',
    fatal: pass,
    error: pass,
    warn: drop,
    info: drop,
    debug: drop,
    trace: drop,
    silent: drop,
    child: bindings => createErrorLogger(listener, String(bindings['reqId'] ?? requestId)),
  }
}
