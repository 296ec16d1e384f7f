import { ClosingStack } from './closing-stack.js'
import { listenOn } from './listen.js'
import { type ReadyFile, removeReadyFile, writeReadyFile } from './ready-file.js'
import { openSandboxApp } from './sandbox-app.js'
import type { SandboxOptions } from './sandbox-options.js'

/** A running sandbox. */
export interface Sandbox {
  readonly url: string
  readonly ready: ReadyFile
  /** Every route that it has, as `GET /v1/orders/{orderId}`. */
  readonly routes: readonly string[]
  /** Answers what is under way, then stops listening and closes the database. */
  close(): Promise<void>
}

/**
 * Starts the order-status API: real verification, real storage.
 *
 * @throws ListenError the port cannot be had
 * @throws DataDirInUseError another sandbox has the data folder
 *
 * @example
 * ```ts
 * import { startSandbox } from '@countersign/sandbox'
 *
 * const sandbox = await startSandbox({ port: 0 })
 * console.log(sandbox.url, sandbox.ready.hmac.keyId)
 * await sandbox.close()
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closing = new ClosingStack()
  try {
    return await open(options, closing)
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function open(options: SandboxOptions, closing: ClosingStack): Promise<Sandbox> {
  const { readyFile, host = '127.0.0.1', port = 8787 } = options
  const { app, scheme, routes, announce } = await openSandboxApp(options, closing)
  const { url, authorities } = await listenOn(app, host, port, scheme)
  const ready = announce(url, authorities)
  if (readyFile !== undefined) {
    writeReadyFile(readyFile, ready)
    closing.add(() => removeReadyFile(readyFile, process.pid))
  }
  return { url, ready, routes, close: () => closing.close() }
}
