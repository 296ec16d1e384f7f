import { type ColumnNames, createFieldFinder, isRejectColumn, setField } from './column-map.js'
import type { InputRow } from './input-row.js'
import type { NameOfField } from './rejection.js'

/** Fields that only JSON can give, as they have parts of their own. */
const NESTED = new Set(['shipment', 'lines'])
const RAW = '_raw'

/** Makes rows of the texts of JSON objects. A text that is none is a rejected row. */
export function createJsonRowReader(names: ColumnNames): (line: number, text: string) => InputRow {
  const fieldOf = createFieldFinder(names)
  const nameOf: NameOfField = path => names.get(path.at(-1) as never) ?? path.join('.')
  return (line, text) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return { line, original: text, fault: { code: 'json_invalid', detail: 'The line is no valid JSON.' } }
    }
    if (!isObject(value)) {
      return { line, original: text, fault: { code: 'json_invalid', detail: 'The line is no JSON object.' } }
    }
    const original = Object.fromEntries(
      Object.entries(value).filter(([key]) => !isRejectColumn(key) && key !== RAW),
    )
    const update: Record<string, unknown> = {}
    const { shipment } = original
    if (shipment !== undefined) update['shipment'] = isObject(shipment) ? { ...shipment } : shipment
    for (const [key, member] of Object.entries(original)) {
      const field = NESTED.has(key) ? undefined : fieldOf(key)
      if (key === 'lines') update[key] = member
      else if (field !== undefined) {
        if (member !== null) setField(update, field, member)
      } else if (key !== 'shipment' && names.size === 0) {
        const detail = `The field ${JSON.stringify(key)} is unknown.`
        return { line, original, fault: { code: 'unknown_field', detail } }
      }
    }
    return names.size === 0 ? { line, original, update } : { line, original, update, nameOf }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
