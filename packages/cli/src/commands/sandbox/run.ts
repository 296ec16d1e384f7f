import type { Context } from '../../context.js'
import { parseCredentialDocument } from '../../credential-document.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { parseProfileName } from '../../profile.js'
import { storeCredential } from '../auth/store-credential.js'
import type { SandboxOptions } from './command.js'

/** The part of `@countersign/sandbox` that is used. */
interface SandboxPackage {
  startSandbox(options: Readonly<Record<string, unknown>>): Promise<{
    readonly url: string
    readonly ready: object
    close(): Promise<void>
  }>
  parseChaos(text: string): unknown
}

const PACKAGE: string = '@countersign/sandbox'

/** `sandbox`: until it is interrupted. */
export async function runSandbox(context: Context, options: SandboxOptions): Promise<ExitCode> {
  const { port, dataDir, readyFile, chaos, into } = options
  const name = into === undefined ? undefined : parseProfileName(into)
  const { startSandbox, parseChaos } = await importSandbox()
  const faults = chaos === undefined ? undefined : readChaos(parseChaos, chaos)
  const sandbox = await startSandbox({ port, dataDir, readyFile, chaos: faults }).catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error)
    throw new CliError('sandbox_failed', EXIT.environment, `The sandbox did not start: ${detail}`, {
      next: 'choose another port with --port, or another folder with --data-dir',
      cause: error,
    })
  })
  try {
    if (name !== undefined) {
      const document = await parseCredentialDocument(JSON.stringify(sandbox.ready), 'the sandbox')
      await storeCredential(context, name, document, 'file')
    }
    const hint =
      name === undefined
        ? readyFile === undefined
          ? 'partner-cli sandbox --into PROFILE makes a profile for it'
          : `partner-cli auth import ${readyFile}`
        : `partner-cli push-status A-1001 shipped --profile ${name}`
    await context.output.result(
      { schema: 'partner-cli.sandbox/1', url: sandbox.url, profile: name ?? null },
      () => `A sandbox answers at ${sandbox.url}\nNext: ${hint}\nCtrl-C ends it.`,
    )
    await waitForAbort(context.signal)
  } finally {
    await sandbox.close()
  }
  // Being interrupted is how it ends.
  return EXIT.ok
}

async function importSandbox(): Promise<SandboxPackage> {
  try {
    return (await import(PACKAGE)) as SandboxPackage
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new CliError('sandbox_missing', EXIT.usage, `The package ${PACKAGE} is not installed.`, {
      next: `npm install --save-dev ${PACKAGE} (or npm install -g, as partner-cli was)`,
    })
  }
}

function readChaos(parse: SandboxPackage['parseChaos'], text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new CliError('usage', EXIT.usage, `--chaos cannot be read: ${detail}`, {
      next: 'for example --chaos 429=0.02,lost=0.03',
    })
  }
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
