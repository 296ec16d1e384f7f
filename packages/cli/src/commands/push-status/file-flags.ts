import { Option } from 'commander'
import type { EventField } from '../../push/column-map.js'
import type { EncodingChoice } from '../../push/encoding.js'
import type { ReadingOptions, SendingOptions } from '../../push/file-push-options.js'
import {
  parseDelimiter,
  parseDuration,
  parseRate,
  parseRejectLimit,
  wholeUpTo,
} from '../../push/parse-amounts.js'
import { parseColumnNames } from '../../push/parse-column-names.js'
import type { InputFormat } from '../../push/read-rows.js'
import type { RejectLimit } from '../../push/reject-limit.js'

/** The flags that say how a file is read. */
export interface ReadingFlags {
  readonly format: InputFormat
  readonly encoding: EncodingChoice
  readonly delimiter?: string
  readonly sheet?: string
  readonly map?: ReadonlyMap<EventField, string>
  readonly statusMap?: string
  readonly timezone?: string
  /** False with `--no-spreadsheet-check`. */
  readonly spreadsheetCheck: boolean
}

/** The flags that say how rows are sent. */
export interface SendingFlags {
  readonly rejects?: string
  readonly onInvalid: 'reject' | 'abort'
  readonly maxRejects?: RejectLimit
  readonly batchSize: number
  readonly concurrency: number
  readonly rate?: number
  readonly deadline?: number
  readonly resume: 'auto' | 'never'
  readonly waitLock: number
  readonly report?: string
  readonly errorOnEmpty?: boolean
  readonly dryRun?: boolean
}

/** Flags of every command that reads a file. */
export function createReadingFlags(): Option[] {
  return [
    new Option('--format <format>', 'what the file is')
      .choices(['auto', 'csv', 'tsv', 'ndjson', 'json', 'xlsx'])
      .default('auto'),
    new Option('--map <field=column,…>', 'which columns mean what: orderId=Bestellnr,status=Stand').argParser(
      parseColumnNames,
    ),
    new Option('--status-map <file>', 'your codes: {"ZUG": "delivered"}, or a line ZUG=delivered each'),
    new Option('--timezone <zone>', 'the clock of times without an offset, such as Europe/Berlin'),
    new Option('--delimiter <character>', 'between the cells (default: found in the header)').argParser(
      parseDelimiter,
    ),
    new Option('--encoding <encoding>', 'how characters are written')
      .choices(['auto', 'utf-8', 'windows-1252', 'utf-16le'])
      .default('auto'),
    new Option('--sheet <name>', 'the sheet of a workbook, by name or number (default: the first)'),
    new Option(
      '--no-spreadsheet-check',
      'take ids as they are, even if a spreadsheet seems to have damaged them',
    ),
  ]
}

/** Flags of every command that sends a file. */
export function createSendingFlags(): Option[] {
  return [
    new Option('--rejects <file>', 'where rejected rows go (default: FILE.rejects.csv)'),
    new Option('--on-invalid <what>', 'with an invalid row: reject it, or abort before anything is sent')
      .choices(['reject', 'abort'])
      .default('reject'),
    new Option('--max-rejects <n|p%>', 'give up when more rows are rejected').argParser(parseRejectLimit),
    new Option('--batch-size <n>', 'events a request, 1 to 500').argParser(wholeUpTo(500)).default(100),
    new Option('--concurrency <n>', 'requests at a time, 1 to 64').argParser(wholeUpTo(64)).default(4),
    new Option('--rate <n/s>', 'send so many rows a second at most').argParser(parseRate),
    new Option('--deadline <duration>', 'stop after that long; the same command goes on later').argParser(
      parseDuration,
    ),
    new Option('--resume <when>', 'go on with an unfinished run of the same file')
      .choices(['auto', 'never'])
      .default('auto'),
    new Option('--wait-lock <duration>', 'wait for another run to end')
      .argParser(parseDuration)
      .default(0, 'no'),
    new Option('--report <file>', 'write the summary there as well, as JSON'),
    new Option('--error-on-empty', 'exit 9 when there is no row'),
  ]
}

export function toReadingOptions(flags: ReadingFlags): ReadingOptions {
  const { format, encoding, delimiter, sheet, map = new Map(), statusMap, timezone, spreadsheetCheck } = flags
  return {
    format,
    encoding,
    delimiter,
    sheet,
    columns: map,
    statusMap,
    timezone,
    checkNumbers: spreadsheetCheck,
  }
}

export function toSendingOptions(flags: SendingFlags): SendingOptions {
  const { rejects, onInvalid, maxRejects, batchSize, concurrency, rate, deadline, resume, waitLock, report } =
    flags
  const { errorOnEmpty = false, dryRun = false } = flags
  return {
    rejects,
    onInvalid,
    maxRejects,
    batchSize,
    concurrency,
    rate,
    deadlineMs: deadline,
    resume,
    waitLockMs: waitLock,
    report,
    errorOnEmpty,
    dryRun,
  }
}
