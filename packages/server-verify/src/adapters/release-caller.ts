import type { VerifiedCaller } from '../verified-caller.js'
import type { NodeResponse } from './node-problem.js'

/** Gives back what was lent for the request, once its answer was sent or its connection has closed. */
export function releaseWithResponse(caller: VerifiedCaller, response: NodeResponse): void {
  const carrier = 'stream' in response ? response.stream : response
  if (carrier.destroyed) caller.release()
  else response.once('close', () => caller.release())
}

/** The same for a fetch runtime: once the body of the answer was read to its end, or given up. */
export function releaseWithBody(caller: VerifiedCaller, response: Response): Response {
  if (response.body === null) {
    caller.release()
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await reader.read().catch((error: unknown) => {
        caller.release()
        throw error
      })
      if (!chunk.done) return controller.enqueue(chunk.value)
      caller.release()
      controller.close()
    },
    cancel(reason) {
      caller.release()
      return reader.cancel(reason)
    },
  })
  return new Response(body, response)
}
