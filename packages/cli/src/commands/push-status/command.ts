import { Command, InvalidArgumentError, Option } from 'commander'
import type { InputFormat } from '../../push/read-rows.js'
import type { Run, Start } from '../../start.js'

/** One status, or a file of them. */
export type PushStatusOptions = SinglePushOptions | FilePushOptions

export interface SinglePushOptions {
  readonly kind: 'single'
  readonly orderId: string
  readonly update: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
}

export interface FilePushOptions {
  readonly kind: 'file'
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly format: InputFormat
  /** Where rejected rows go. */
  readonly rejects: string | undefined
  readonly onInvalid: 'reject' | 'abort'
  readonly batchSize: number
  readonly concurrency: number
  readonly dryRun: boolean
}

/** argv → options of `push-status`. */
export function createPushStatusCommand(start: Start, run: Run<PushStatusOptions> = runLazily): Command {
  return new Command('push-status')
    .description('push one order status, or with -f a file of them')
    .usage('ORDER_ID STATUS [options]\n       partner-cli push-status -f FILE [options]')
    .argument('[order-id]', 'the order')
    .argument('[status]', 'its new status; partner-cli statuses lists them')
    .addOption(
      inSingle('--occurred-at <time>', 'when it happened, such as 2026-11-21T23:30:40+01:00 (default: now)'),
    )
    .addOption(inSingle('--event-id <id>', 'your own id of this event (default: made from its content)'))
    .addOption(inSingle('--carrier <name>', 'who carries the parcel'))
    .addOption(inSingle('--tracking-number <number>', 'the number the carrier gave it'))
    .addOption(inSingle('--tracking-url <url>', 'where it can be followed'))
    .addOption(inSingle('--shipment-id <id>', 'the shipment within the order'))
    .addOption(inSingle('--reason <code>', 'why, such as recipient_absent'))
    .addOption(inSingle('--note <text>', 'free text, up to 500 characters'))
    .addOption(inSingle('--sequence <n>', 'breaks a tie between events of one moment').argParser(parseWhole))
    .addOption(inSingle('--supersedes <event-id>', 'the event that this one corrects'))
    .option('-f, --file <file>', 'CSV or NDJSON to push; - for standard input')
    .addOption(
      inFile('--format <format>', 'what the file is').choices(['auto', 'csv', 'ndjson']).default('auto'),
    )
    .addOption(inFile('--rejects <file>', 'where rejected rows go (default: FILE.rejects.csv)'))
    .addOption(
      inFile('--on-invalid <what>', 'with an invalid row: reject it, or abort before anything is sent')
        .choices(['reject', 'abort'])
        .default('reject'),
    )
    .addOption(
      inFile('--batch-size <n>', 'events a request, 1 to 500').argParser(wholeUpTo(500)).default(100),
    )
    .addOption(inFile('--concurrency <n>', 'requests at a time, 1 to 64').argParser(wholeUpTo(64)).default(4))
    .option('--dry-run', 'check only, send nothing')
    .action(
      async (orderId: string | undefined, status: string | undefined, flags: Flags, command: Command) => {
        await start(command, run, toOptions(orderId, status, flags, command))
      },
    )
}

async function runLazily(...args: Parameters<Run<PushStatusOptions>>): ReturnType<Run<PushStatusOptions>> {
  const { runPushStatus } = await import('./run.js')
  return runPushStatus(...args)
}

interface Flags {
  readonly occurredAt?: string
  readonly eventId?: string
  readonly carrier?: string
  readonly trackingNumber?: string
  readonly trackingUrl?: string
  readonly shipmentId?: string
  readonly reason?: string
  readonly note?: string
  readonly sequence?: number
  readonly supersedes?: string
  readonly file?: string
  readonly format: InputFormat
  readonly rejects?: string
  readonly onInvalid: 'reject' | 'abort'
  readonly batchSize: number
  readonly concurrency: number
  readonly dryRun?: boolean
}

const SINGLE_ONLY = 'one status'
const FILE_ONLY = 'a file'

function toOptions(
  orderId: string | undefined,
  status: string | undefined,
  flags: Flags,
  command: Command,
): PushStatusOptions {
  const { file, dryRun = false } = flags
  if (file === undefined) {
    refuseOthers(command, FILE_ONLY, '-f FILE is missing')
    if (orderId === undefined || status === undefined) {
      throw command.error('error: give ORDER_ID and STATUS, or -f FILE', { exitCode: 2 })
    }
    return { kind: 'single', orderId, update: toUpdate(status, flags), dryRun }
  }
  if (orderId !== undefined)
    throw command.error('error: give ORDER_ID and STATUS, or -f FILE, not both', { exitCode: 2 })
  refuseOthers(command, SINGLE_ONLY, 'with -f every row brings its own')
  const { format, rejects, onInvalid, batchSize, concurrency } = flags
  return { kind: 'file', file, format, rejects, onInvalid, batchSize, concurrency, dryRun }
}

function toUpdate(status: string, flags: Flags): Record<string, unknown> {
  const { occurredAt, eventId, reason, note, sequence, supersedes } = flags
  const { carrier, trackingNumber, trackingUrl, shipmentId } = flags
  const shipment = dropAbsent({ shipmentId, carrier, trackingNumber, trackingUrl })
  return {
    ...dropAbsent({ status, occurredAt, eventId, reason, note, sequence, supersedes }),
    ...(Object.keys(shipment).length === 0 ? {} : { shipment }),
  }
}

/** An option of the other way to use the command would be ignored, and its user misled. */
function refuseOthers(command: Command, group: string, why: string): void {
  for (const option of command.options) {
    if (option.helpGroupHeading !== headingOf(group)) continue
    if (command.getOptionValueSource(option.attributeName()) !== 'cli') continue
    throw command.error(`error: option '${option.long}' is for ${group}: ${why}`, { exitCode: 2 })
  }
}

function inSingle(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(headingOf(SINGLE_ONLY))
}

function inFile(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(headingOf(FILE_ONLY))
}

function headingOf(group: string): string {
  return `Options for ${group}:`
}

function dropAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function parseWhole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 0 on.')
}

function wholeUpTo(max: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (/^\d{1,4}$/.test(text) && number >= 1 && number <= max) return number
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`)
  }
}
