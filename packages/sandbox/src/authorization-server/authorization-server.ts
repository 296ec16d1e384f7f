import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AuthorizationServerOptions, createConfiguration } from './configuration.js'
import { answerInteraction } from './device-flow.js'
import { importProvider } from './import-provider.js'

/** Where it is mounted; the issuer is the sandbox's URL with this path. */
export const MOUNT_PATH = '/oidc'

/** A real authorization server (oidc-provider) inside the sandbox. */
export interface AuthorizationServer {
  /** Before the hook that collects the API's routes: these are none of them. */
  mount(app: FastifyInstance): Promise<void>
  /**
   * Starts answering. Before, it answers 503.
   *
   * @param url of the sandbox, e.g. `http://127.0.0.1:8787`
   * @returns the issuer
   */
  open(url: string): string
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

// RFC 8414 §3.1 puts an issuer's path behind the well-known one.
const METADATA_PATH = '/.well-known/oauth-authorization-server'

/** Makes an authorization server for one demo client. */
export async function createAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { Provider } = await importProvider()
  let handle: Handler | undefined
  let scheme = 'https'
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack()
    const response = reply.raw
    // Tokens are fetched now and then; a connection that stays open would only keep the sandbox from stopping.
    response.setHeader('connection', 'close')
    if (handle === undefined) response.writeHead(503, { 'retry-after': '1' }).end()
    else await handle(strip(request.raw, scheme), response)
  }
  return {
    async mount(app) {
      await app.register(async scope => {
        // In onRequest, before anything reads the body: oidc-provider does that itself.
        const handler = (): undefined => undefined
        for (const url of [`${MOUNT_PATH}/*`, `${METADATA_PATH}${MOUNT_PATH}`])
          scope.route({ method: ['GET', 'POST', 'OPTIONS'], url, onRequest: answer, handler })
      })
    },
    open(url) {
      const issuer = url + MOUNT_PATH
      const provider = new Provider(issuer, createConfiguration(MOUNT_PATH, options))
      provider.proxy = true
      provider.on('server_error', (_context, error) => options.onError(error))
      scheme = new URL(url).protocol.slice(0, -1)
      const callback = provider.callback()
      const person = { subject: options.person }
      handle = async (request, response) => {
        if (!(await answerInteraction(provider, person, request, response))) await callback(request, response)
      }
      return issuer
    },
  }
}

/** A request as oidc-provider wants it: the path without the mount, and the one with it as `originalUrl`. */
function strip(request: IncomingMessage, scheme: string): IncomingMessage {
  const target = request.url ?? ''
  const mounted = target.startsWith(METADATA_PATH) ? MOUNT_PATH + METADATA_PATH : target
  request.url = mounted.slice(MOUNT_PATH.length)
  // The API's hooks take it away, so that Fastify does not judge it.
  const position = request.rawHeaders.findIndex(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type',
  )
  if (position !== -1) request.headers['content-type'] = request.rawHeaders[position + 1]
  // By which scheme it is reached is known here, and not to be told by a client.
  request.headers['x-forwarded-proto'] = scheme
  return Object.assign(request, { originalUrl: mounted })
}
