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

/** What `--map` says: which column of the file fills a field. Empty when the file uses our own names. */
export type ColumnNames = ReadonlyMap<EventField, string>

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
 * Finds the field of a column, by `--map` first, then by our own names.
 *
 * @returns a function that answers undefined for a column that fills nothing
 */
export function createFieldFinder(names: ColumnNames): (column: string) => EventField | undefined {
  const exact = new Map([...names].map(([field, column]) => [column.trim(), field]))
  const folded = new Map([...names].map(([field, column]) => [column.trim().toLowerCase(), field]))
  return column => {
    const mapped = exact.get(column.trim()) ?? folded.get(column.trim().toLowerCase())
    if (mapped !== undefined) return mapped
    const own = fieldOfColumn(column)
    // The user said which column fills this field, so another one of that name does not.
    return own === undefined || names.has(own) ? undefined : own
  }
}

/**
 * Which field each column fills; `undefined` for a column that is read over: one of a rejects file, and with `--map` every
 * column that is neither named there nor known.
 *
 * @param name of the file, for messages
 * @throws CliError `header_invalid` (exit 6): a column is unknown, unnamed, there twice, or missing
 */
export function createColumnMap(
  name: string,
  header: readonly string[],
  names: ColumnNames = new Map(),
  line: number = 1,
): readonly (EventField | undefined)[] {
  const fail = (fault: string): Error => createHeaderError(`${name}, line ${line}`, fault)
  const fieldOf = createFieldFinder(names)
  const seen = new Map<EventField, string>()
  const map = header.map((column, index) => {
    if (isRejectColumn(column)) return undefined
    const field = fieldOf(column)
    if (field === undefined) {
      if (names.size > 0) return undefined
      throw fail(describeUnknown(column, index))
    }
    const earlier = seen.get(field)
    if (earlier !== undefined) throw fail(`the columns "${earlier}" and "${column}" mean the same field`)
    seen.set(field, column)
    return field
  })
  const lost = [...names].find(([field]) => !seen.has(field))
  if (lost !== undefined) {
    throw fail(
      `there is no column "${lost[1]}" (--map ${lost[0]}=${lost[1]}); there are ${header.join(', ')}`,
    )
  }
  const absent = REQUIRED.filter(field => !seen.has(field)).map(toColumnName)
  if (absent.length > 0) throw fail(`the header has no column ${absent.join(', ')}`)
  return map
}

/** The event that a row of cells describes. Empty cells count as absent; blanks around a value are taken off. */
export function createUpdate(
  map: readonly (EventField | undefined)[],
  cells: readonly string[],
): Record<string, unknown> {
  const update: Record<string, unknown> = {}
  for (const [index, field] of map.entries()) {
    const value = unwrap(cells[index]?.trim())
    if (field !== undefined && value !== undefined && value !== '') setField(update, field, value)
  }
  return update
}

/** `="000123"` is how exports keep a spreadsheet from taking the zeros off. */
function unwrap(value: string | undefined): string | undefined {
  const wrapped = value?.startsWith('="') === true ? /^="([^"]*)"$/.exec(value) : null
  return wrapped === null ? value : wrapped[1]
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

/** What stands in a field of an event, whether it is the shipment's or the event's own. */
export function getField(update: Readonly<Record<string, unknown>>, field: EventField): unknown {
  if (!SHIPMENT.has(field)) return update[field]
  const shipment = update['shipment']
  return typeof shipment === 'object' && shipment !== null
    ? (shipment as Record<string, unknown>)[field]
    : undefined
}

/** Where a field stands in an event, as the sdk's pointers say it. */
export function pathOfField(field: EventField): readonly string[] {
  return SHIPMENT.has(field) ? ['shipment', field] : [field]
}

function describeUnknown(column: string, index: number): string {
  return column.trim() === ''
    ? `column ${index + 1} of the header has no name`
    : `the column "${column}" is unknown`
}

function createHeaderError(where: string, fault: string): Error {
  return createInputError(
    'header_invalid',
    `${where}: ${fault}. Nothing was sent. Known columns: ${COLUMN_NAMES.join(', ')}.`,
    'rename or remove the column, or say with --map orderId=YOUR_COLUMN,… which one is meant; then run the same command again',
  )
}

function toColumnName(field: EventField): string {
  return field.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
