import type { Context } from '../../context.js'
import type { ExitCode } from '../../exit-code.js'
import type { PushStatusOptions } from './command.js'

/** options → effects of `push-status`. */
export async function runPushStatus(context: Context, options: PushStatusOptions): Promise<ExitCode> {
  return options.kind === 'single'
    ? (await import('./run-single.js')).runSinglePush(context, options)
    : (await import('./run-file.js')).runFilePush(context, options)
}
