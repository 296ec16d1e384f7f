import type { FastifyInstance } from 'fastify'

/** Where the server listens and by which names it may be addressed. */
export interface Listening {
  readonly url: string
  /** Values of the Host header that name this server, lower case. */
  readonly authorities: readonly string[]
}

/** The port cannot be had; the message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError' as const
}

/** @throws ListenError */
export async function listenOn(
  app: FastifyInstance,
  host: string,
  port: number,
  scheme: 'http' | 'https',
): Promise<Listening> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw explain(error, host, port)
  }
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.')
  const own = bracket(host)
  const isWildcard = host === '0.0.0.0' || host === '::'
  const names = new Set([own, '127.0.0.1', 'localhost', '[::1]'].map(name => name.toLowerCase()))
  const authorities = [...names].flatMap(name =>
    // A client leaves the port out of the Host header when it is the scheme's own.
    address.port === (scheme === 'https' ? 443 : 80)
      ? [`${name}:${address.port}`, name]
      : [`${name}:${address.port}`],
  )
  return { url: `${scheme}://${isWildcard ? '127.0.0.1' : own}:${address.port}`, authorities }
}

function explain(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Stop the program that listens there, or choose another port: --port 0 takes any free one.`,
    EACCES: `This user may not listen on port ${port}. Choose a port above 1023: --port 8787.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Choose another: --host 127.0.0.1.`,
    ENOTFOUND: `The host ${host} is not known. Choose another: --host 127.0.0.1.`,
  }
  const reason = typeof code === 'string' ? reasons[code] : undefined
  return reason === undefined ? error : new ListenError(reason, { cause: error })
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
