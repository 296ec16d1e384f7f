import { createInputError } from './input-error.js'

/** The fields of an event that a cell can fill, by the name that the column map gives them. */
export type EventField =
  | 'orderId'
  | 'status'
  | 'occurredAt'
  | 'eventId'
  | 'reason'
  | 'sequence'
  | 'supersedes'
  | 'note'
  | 'carrier'
  | 'trackingNumber'
  | 'trackingUrl'
  | 'shipmentId'

/** Columns of a rejects file, ignored when it comes back. */
export const REJECT_COLUMNS = ['_line', '_code', '_detail'] as const

const FIELDS: readonly EventField[] = [
  'orderId',
  'status',
  'occurredAt',
  'eventId',
  'reason',
  'sequence',
  'supersedes',
  'note',
  'carrier',
  'trackingNumber',
  'trackingUrl',
  'shipmentId',
]
const REQUIRED = ['orderId', 'status', 'occurredAt'] as const satisfies readonly EventField[]
const SHIPMENT = new Set<EventField>(['carrier', 'trackingNumber', 'trackingUrl', 'shipmentId'])
const BY_NORMAL_NAME = new Map(FIELDS.map(field => [field.toLowerCase(), field]))

/** How columns are named in files: `order_id` for `orderId`. */
export const COLUMN_NAMES: readonly string[] = FIELDS.map(toColumnName)

/** The field that a column fills, whatever its case, `_`, `-` or spaces; undefined when there is none. */
export function fieldOfColumn(name: string): EventField | undefined {
  return BY_NORMAL_NAME.get(name.replace(/[\s_-]/g, '').toLowerCase())
}

/** True for the columns that a rejects file adds. */
export function isRejectColumn(name: string): boolean {
  return (REJECT_COLUMNS as readonly string[]).includes(name.trim())
}

/**
 * Which field each column fills; `undefined` for a column that is read over.
 *
 * @param name of the file, for messages
 * @throws CliError `header_invalid` (exit 6): a column is unknown, unnamed, there twice, or missing
 */
export function createColumnMap(
  name: string,
  header: readonly string[],
): readonly (EventField | undefined)[] {
  const seen = new Map<EventField, string>()
  const map = header.map((column, index) => {
    if (isRejectColumn(column)) return undefined
    const field = fieldOfColumn(column)
    if (field === undefined) throw createHeaderError(name, describeUnknown(column, index))
    const earlier = seen.get(field)
    if (earlier !== undefined) {
      throw createHeaderError(name, `the columns "${earlier}" and "${column}" mean the same field`)
    }
    seen.set(field, column)
    return field
  })
  const absent = REQUIRED.filter(field => !seen.has(field)).map(toColumnName)
  if (absent.length > 0) {
    throw createHeaderError(name, `the header has no column ${absent.join(', ')}`)
  }
  return map
}

/** The event that a row of cells describes. Empty cells count as absent; blanks around a value are taken off. */
export function createUpdate(
  map: readonly (EventField | undefined)[],
  cells: readonly string[],
): Record<string, unknown> {
  const update: Record<string, unknown> = {}
  for (const [index, field] of map.entries()) {
    const value = cells[index]?.trim()
    if (field !== undefined && value !== undefined && value !== '') setField(update, field, value)
  }
  return update
}

/** Sets one field, shipment fields in their sub-object, `sequence` as a number where it is one. */
export function setField(update: Record<string, unknown>, field: EventField, value: unknown): void {
  if (SHIPMENT.has(field)) {
    const shipment = (update['shipment'] ??= {}) as Record<string, unknown>
    shipment[field] = value
  } else if (field === 'sequence' && typeof value === 'string' && /^\d{1,15}$/.test(value)) {
    update[field] = Number(value)
  } else {
    update[field] = value
  }
}

function describeUnknown(column: string, index: number): string {
  return column.trim() === ''
    ? `column ${index + 1} of the header has no name`
    : `the column "${column}" is unknown`
}

function createHeaderError(name: string, fault: string): Error {
  return createInputError(
    'header_invalid',
    `${name}, line 1: ${fault}. Nothing was sent. Known columns: ${COLUMN_NAMES.join(', ')}.`,
    'rename or remove the column, then run the same command again',
  )
}

function toColumnName(field: EventField): string {
  return field.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
