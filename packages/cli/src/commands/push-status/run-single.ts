import type { OrderStatusUpdate, Receipt } from '@countersign/sdk'
import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.js'
import { isPartnerFailure, type PartnerFailure, toCliError } from '../../failure.js'
import { describeRefusal, type RefusalFacts } from '../../push/rejection.js'
import { createRunId } from '../../push/run-id.js'
import { countAccepted, countRejected, createSummary, createTally } from '../../push/summary.js'
import type { SinglePushOptions } from './command.js'

/** `push-status ORDER_ID STATUS`: one event, and a summary of one row with the receipt in it. */
export async function runSinglePush(context: Context, options: SinglePushOptions): Promise<ExitCode> {
  const startedAt = context.now()
  const update = { occurredAt: startedAt.toISOString(), ...options.update } as unknown as OrderStatusUpdate
  const tally = createTally()
  tally.rows = 1
  let receipt: Receipt | undefined
  let failure: CliError | undefined
  try {
    receipt = options.dryRun ? await check(options, update) : await push(context, options, update)
    if (receipt !== undefined) countAccepted(tally, receipt)
  } catch (error) {
    failure = toFailure(error, { orderId: options.orderId, ...update })
    if (failure.exitCode === EXIT.rejected) countRejected(tally, failure.code, failure.message, 1)
    if (context.output.mode === 'human') throw failure
  }
  const exitCode = worstExitCode(failure === undefined ? [] : [failure.exitCode])
  const connection = options.dryRun ? undefined : await context.connection()
  const summary = createSummary(tally, {
    runId: createRunId(startedAt),
    profile: connection?.profile ?? null,
    environment: connection?.environment ?? null,
    dryRun: options.dryRun,
    startedAt: startedAt.toISOString(),
    finishedAt: context.now().toISOString(),
    rejectsFile: null,
    exitCode,
  })
  const silent = context.output.mode === 'human' && context.flags.quiet === true
  if (!silent) {
    await context.output.result(receipt === undefined ? summary : { ...summary, receipt }, () =>
      receipt === undefined ? 'The event is valid; nothing was sent (dry run).' : describeReceipt(receipt),
    )
  }
  if (failure !== undefined) throw failure
  return exitCode
}

async function push(
  context: Context,
  { orderId }: SinglePushOptions,
  update: OrderStatusUpdate,
): Promise<Receipt> {
  const client = await context.client(IMPATIENT_ATTEMPTS, true)
  return client.orders.pushStatus(orderId, update, { signal: context.signal })
}

async function check({ orderId }: SinglePushOptions, update: OrderStatusUpdate): Promise<undefined> {
  const { normalizeEvent } = await import('@countersign/sdk')
  normalizeEvent({ ...update, orderId })
  return undefined
}

function toFailure(error: unknown, update: Readonly<Record<string, unknown>>): CliError {
  if (!isPartnerFailure(error)) {
    if (error instanceof CliError) return error
    throw error
  }
  const facts = readRefusal(error)
  if (facts?.errors === undefined || facts.errors.length === 0) return toCliError(error)
  const { code, detail } = describeRefusal(facts, update)
  const next =
    code === 'invalid_status' ? 'partner-cli statuses lists them all' : 'correct it and run the command again'
  return new CliError(code, EXIT.rejected, detail, { next, cause: error })
}

/** Field faults, whether the sdk found them before sending or the platform after. */
function readRefusal(
  error: PartnerFailure & { errors?: RefusalFacts['errors']; problem?: RefusalFacts },
): RefusalFacts | undefined {
  if (error.problem !== undefined) return error.problem
  return error.errors === undefined ? undefined : { code: error.code, errors: error.errors }
}

function describeReceipt({ orderId, currentStatus, effect, replayed, recordedAt, eventId }: Receipt): string {
  const what = {
    applied: `${orderId} is now ${currentStatus}`,
    late: `Stored, but a later event keeps ${orderId} at ${currentStatus}`,
    no_change: `Stored; ${orderId} was ${currentStatus} already`,
  }[effect]
  return `${what}${replayed ? ' (replayed: this very event was stored before)' : ''}.\nevent ${eventId}, recorded ${recordedAt}`
}
