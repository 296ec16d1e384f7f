import { type EventField, getField, pathOfField } from './column-map.js'
import type { InputRow, RowFault } from './input-row.js'
import { parseMoment } from './parse-moment.js'
import { quoteValue } from './rejection.js'
import { isStatus, type StatusMap } from './status-map.js'
import type { TimeZone } from './time-zone.js'

/** What the partner's words mean. */
export interface Translation {
  readonly statusMap?: StatusMap | undefined
  readonly zone?: TimeZone | undefined
  /** False: ids are taken as they are (`--no-spreadsheet-check`). */
  readonly checkNumbers: boolean
}

const IDS: readonly EventField[] = ['orderId', 'trackingNumber', 'shipmentId', 'eventId', 'supersedes']
/** What a spreadsheet makes of a long number: no id is written like that. */
const SCIENTIFIC = /^\d(?:[.,]\d+)?E\+\d{1,3}$/i
/** Of the rules that look at a column as a whole. */
const COLUMN_CODES: ReadonlySet<string> = new Set(['leading_zeros_lost', 'digits_lost'])
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/

/** Translates statuses and times of a row, and finds what a spreadsheet has done to its ids. */
export function translateRow(row: InputRow, translation: Translation): InputRow {
  const { update, nameOf = path => path.join('.') } = row
  if (update === undefined) return row
  const faults: RowFault[] = []
  const fail = (code: string, field: EventField, value: string, detail: string): void => {
    faults.push({ code, detail: `${nameOf(pathOfField(field))} ${quoteValue(value)} ${detail}.` })
  }
  const changed: Record<string, unknown> = { ...update }
  let repeatedHour = false

  const { status, occurredAt } = update
  if (typeof status === 'string' && translation.statusMap !== undefined) {
    const mapped = translation.statusMap.get(status.trim())
    if (mapped !== undefined) changed['status'] = mapped
    else if (!isStatus(status)) {
      fail(
        'invalid_status',
        'status',
        status,
        `is neither in the status map (${listCodes(translation.statusMap)}) nor a status`,
      )
    }
  }
  if (typeof occurredAt === 'string' && !RFC_3339.test(occurredAt)) {
    const reading = parseMoment(occurredAt.trim(), translation.zone)
    if (reading !== undefined && 'moment' in reading) {
      changed['occurredAt'] = reading.moment
      repeatedHour = reading.repeated
    } else if (reading !== undefined) fail(reading.fault, 'occurredAt', occurredAt, reading.detail)
  }
  if (translation.checkNumbers) {
    for (const field of IDS) {
      const value = getField(update, field)
      if (typeof value !== 'string' || !SCIENTIFIC.test(value)) continue
      fail(
        'number_damaged',
        field,
        value,
        'is a number that a spreadsheet shortened: give the column the format "text" and export it again',
      )
    }
  }
  if (translation.checkNumbers) faults.push(...findUncorrected(row, update))
  const [first] = faults
  if (first === undefined) return { ...row, update: changed, repeatedHour }
  const { update: _, ...rest } = row
  return { ...rest, fault: { code: first.code, detail: faults.map(({ detail }) => detail).join(' ') } }
}

/** Seen in the column of the whole file; among the few rows of a rejects file it would not show any more. */
function findUncorrected(
  { rejectedBefore }: InputRow,
  update: Readonly<Record<string, unknown>>,
): RowFault[] {
  if (rejectedBefore === undefined || !COLUMN_CODES.has(rejectedBefore.code)) return []
  const same = IDS.some(field => {
    const value = getField(update, field)
    return typeof value === 'string' && rejectedBefore.detail.includes(` ${quoteValue(value)} has `)
  })
  return same ? [rejectedBefore] : []
}

function listCodes(map: StatusMap): string {
  const codes = [...map.keys()]
  return codes.length <= 8 ? codes.join(', ') : `${codes.slice(0, 8).join(', ')}, …`
}
