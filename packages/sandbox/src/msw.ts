import { type HttpHandler, HttpResponse, http } from 'msw'
import { ClosingStack } from './closing-stack.js'
import type { ReadyFile } from './ready-file.js'
import { openSandboxApp, type SandboxApp } from './sandbox-app.js'
import type { SandboxOptions } from './sandbox-options.js'

/** Where the handlers answer, and how the sandbox behind them runs. */
export interface SandboxHandlersOptions extends Omit<SandboxOptions, 'port' | 'host' | 'readyFile'> {
  /** Default `https://orders.sandbox.example`. */
  readonly baseUrl?: string | undefined
}

/** The sandbox without a network. */
export interface SandboxHandlers {
  /** For `setupServer(...handlers)`. */
  readonly handlers: readonly HttpHandler[]
  /** Address and credentials, as in the ready file. */
  readonly ready: ReadyFile
  /** Closes the database. */
  close(): Promise<void>
}

const WITHOUT_BODY = [204, 304]

/**
 * The routes of the sandbox as MSW handlers, for a partner's unit tests: the same storage and rules, signatures really
 * verified, no port and no network. What MSW hands over is a `Request`, so targets arrive as the URL standard
 * normalises them: how a service treats a target that is not canonical is seen only over the network.
 *
 * @example
 * ```ts
 * import { createSandboxHandlers } from '@countersign/sandbox/msw'
 * import { setupServer } from 'msw/node'
 *
 * const sandbox = await createSandboxHandlers()
 * const server = setupServer(...sandbox.handlers)
 * server.listen()
 * console.log(sandbox.ready.url, sandbox.ready.hmac.keyId)
 * server.close()
 * await sandbox.close()
 * ```
 */
export async function createSandboxHandlers(options: SandboxHandlersOptions = {}): Promise<SandboxHandlers> {
  const { origin, host } = new URL(options.baseUrl ?? 'https://orders.sandbox.example')
  const closing = new ClosingStack()
  try {
    const { app, announce } = await openSandboxApp(options, closing)
    const ready = announce(origin, [host])
    const handler = http.all(`${origin}/*`, ({ request }) => answer(app, request, host))
    return { handlers: [handler], ready, close: () => closing.close() }
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function answer(app: SandboxApp['app'], request: Request, host: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const response = await app.inject({
    method: request.method as 'GET',
    url: `${pathname}${search}`,
    headers: { ...Object.fromEntries(request.headers), host },
    payload: Buffer.from(await request.arrayBuffer()),
  })
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, String(one))
  }
  const { statusCode: status, rawPayload } = response
  return new HttpResponse(WITHOUT_BODY.includes(status) ? null : new Uint8Array(rawPayload), {
    status,
    headers,
  })
}
