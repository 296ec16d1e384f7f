import { Command, InvalidArgumentError, Option } from 'commander'
import type { FilePushOptions } from '../../push/file-push-options.js'
import type { Run, Start } from '../../start.js'
import {
  createReadingFlags,
  createSendingFlags,
  type ReadingFlags,
  type SendingFlags,
  toReadingOptions,
  toSendingOptions,
} from './file-flags.js'

/** One status, or a file of them. */
export type PushStatusOptions = SinglePushOptions | FilePushOptions

export interface SinglePushOptions {
  readonly kind: 'single'
  readonly orderId: string
  readonly update: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
}

/** argv → options of `push-status`. */
export function createPushStatusCommand(start: Start, run: Run<PushStatusOptions> = runLazily): Command {
  const command = new Command('push-status')
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
    .option('-f, --file <file>', 'CSV, TSV, NDJSON, JSON or XLSX to push; - for standard input')
    .option('--dry-run', 'check only, send nothing')
    .addHelpText('after', EXAMPLES)
    .action(
      async (orderId: string | undefined, status: string | undefined, flags: Flags, command: Command) => {
        await start(command, run, toOptions(orderId, status, flags, command))
      },
    )
  for (const option of [...createReadingFlags(), ...createSendingFlags()])
    command.addOption(option.helpGroup(headingOf(FILE_ONLY)))
  return command
}

const EXAMPLES = `
Examples:
  partner-cli push-status A-1001 shipped --carrier DHL --tracking-number 00340434161094042557
  partner-cli push-status -f statuses.csv
  partner-cli push-status -f export.csv --map orderId=Bestellnr,status=Stand,occurredAt=Zeitpunkt \\
    --status-map codes.json --timezone Europe/Berlin
  generate | partner-cli push-status -f - --format ndjson --json

The same command again goes on where a killed run ended, and pushes nothing twice.`

async function runLazily(...args: Parameters<Run<PushStatusOptions>>): ReturnType<Run<PushStatusOptions>> {
  const { runPushStatus } = await import('./run.js')
  return runPushStatus(...args)
}

interface Flags extends ReadingFlags, SendingFlags {
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
  return { kind: 'file', file, ...toReadingOptions(flags), ...toSendingOptions(flags) }
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
