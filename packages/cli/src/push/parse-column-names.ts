import { InvalidArgumentError } from 'commander'
import { COLUMN_NAMES, type EventField, fieldOfColumn } from './column-map.js'

/**
 * Reads `--map orderId=Bestellnr,status=Stand`. A column whose name holds a comma stands in double quotes. The flag may
 * be repeated.
 *
 * @throws InvalidArgumentError
 */
export function parseColumnNames(
  text: string,
  previous: ReadonlyMap<EventField, string> = new Map(),
): ReadonlyMap<EventField, string> {
  const names = new Map(previous)
  for (const [, left, quoted, plain, rest] of text.matchAll(/([^=,]*)=(?:"([^"]*)"|([^,]*))(?:,|$)|(.+)/g)) {
    const field = left === undefined ? undefined : fieldOfColumn(left)
    const column = quoted ?? plain?.trim() ?? ''
    if (rest !== undefined || column === '') {
      throw new InvalidArgumentError('It must be FIELD=COLUMN, such as orderId=Bestellnr,status=Stand.')
    }
    if (field === undefined) {
      throw new InvalidArgumentError(`"${left}" is no field. Fields: ${COLUMN_NAMES.join(', ')}.`)
    }
    if (names.has(field)) throw new InvalidArgumentError(`"${left}" is there twice.`)
    names.set(field, column)
  }
  return names
}
