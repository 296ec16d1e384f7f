import { ORDER_STATUSES } from '@countersign/sdk'
import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'

/** `statuses`: the vocabulary, one a line. */
export async function runStatuses({ output }: Context): Promise<ExitCode> {
  await output.result({ schema: 'partner-cli.statuses/1', statuses: ORDER_STATUSES }, () =>
    ORDER_STATUSES.join('\n'),
  )
  return EXIT.ok
}
