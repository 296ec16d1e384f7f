import type { ColumnNames } from './column-map.js'
import type { EncodingChoice } from './encoding.js'
import type { InputFormat } from './read-rows.js'
import type { RejectLimit } from './reject-limit.js'

/** How a file is to be read. */
export interface ReadingOptions {
  readonly format: InputFormat
  readonly encoding: EncodingChoice
  /** One character; undefined: found in the header. */
  readonly delimiter: string | undefined
  readonly sheet: string | undefined
  readonly columns: ColumnNames
  /** Path. */
  readonly statusMap: string | undefined
  /** IANA name of the clock that times without an offset were read from. */
  readonly timezone: string | undefined
  readonly checkNumbers: boolean
}

/** How rows are to be sent, and what is to happen around it. */
export interface SendingOptions {
  /** Where rejected rows go. */
  readonly rejects: string | undefined
  readonly onInvalid: 'reject' | 'abort'
  readonly maxRejects: RejectLimit | undefined
  readonly batchSize: number
  readonly concurrency: number
  /** Rows a second. */
  readonly rate: number | undefined
  /** The most that the whole run may take. */
  readonly deadlineMs: number | undefined
  readonly resume: 'auto' | 'never'
  readonly waitLockMs: number
  /** Where the summary is written as well. */
  readonly report: string | undefined
  readonly errorOnEmpty: boolean
  readonly dryRun: boolean
}

export interface FilePushOptions extends ReadingOptions, SendingOptions {
  readonly kind: 'file'
  /** A path, or `-` for standard input. */
  readonly file: string
}
