import type { Context } from '../../context.js'
import type { ExitCode } from '../../exit-code.js'
import { runFilePush } from '../push-status/run-file.js'
import type { ValidateOptions } from './command.js'

/** `validate FILE`: the first reading of a push, and nothing after it. */
export function runValidate(context: Context, options: ValidateOptions): Promise<ExitCode> {
  return runFilePush(context, {
    ...options,
    kind: 'file',
    onInvalid: 'reject',
    batchSize: 1,
    concurrency: 1,
    rate: undefined,
    deadlineMs: undefined,
    resume: 'never',
    waitLockMs: 0,
    report: undefined,
    dryRun: true,
  })
}
