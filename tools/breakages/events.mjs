// Event ids and API keys (test-vectors/README.md).
const id = 'sdk/src/event-id.ts'
const event = 'sdk/src/normalize-event.ts'
const time = 'sdk/src/rfc3339.ts'
const fields = 'sdk/src/event-fields.ts'
const key = 'protocol/src/api-key.ts'

export const EVENT_BREAKAGES = [
  {
    rule: 'event id: the label',
    file: id,
    find: "const LABEL = 'countersign-event-v1'",
    replace: "const LABEL = 'countersign-event'",
  },
  { rule: 'event id: 32 characters', file: id, find: 'const LENGTH = 32', replace: 'const LENGTH = 43' },
  { rule: 'event id: base64url', file: id, find: "'base64url')", replace: "'base64')" },
  {
    rule: 'event id: its own id is no part of it',
    file: id,
    find: "key !== '' || name !== 'eventId'",
    replace: "name !== ''",
  },
  {
    rule: 'event id: members sorted at every depth',
    file: id,
    find: 'Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))',
    replace: 'Object.fromEntries(entries.reverse())',
  },
  {
    rule: 'event id: text as UTF-8',
    file: id,
    find: 'return hash(',
    replace:
      "return hash('sha256', Buffer.from([LABEL, environment, json].join('\\n'), 'latin1'), 'base64url').slice(0, LENGTH) || hash(",
  },
  {
    rule: 'event id: an empty shipment is none',
    file: event,
    find: 'return Object.keys(shipment).length === 0 ? undefined : shipment',
    replace: 'return shipment',
  },
  {
    rule: 'event id: five minutes ahead',
    file: event,
    find: 'if (moment > now + MAX_AHEAD_MS)',
    replace: 'if (moment >= now + MAX_AHEAD_MS)',
  },
  {
    rule: 'event id: fractions are cut, not rounded',
    file: time,
    find: "Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))",
    replace: "Math.round(Number('0.' + (match[7] ?? '0')) * 1000)",
  },
  {
    rule: 'event id: a fraction is no number of milliseconds',
    file: time,
    find: ".padEnd(3, '0')",
    replace: '',
  },
  {
    rule: 'event id: offsets',
    file: time,
    find: "(match[8] === '-' ? -1 : 1)",
    replace: "(match[8] === '-' ? 1 : -1)",
  },
  {
    rule: 'event id: the minutes of an offset',
    file: time,
    find: 'offsetHour * 60 + offsetMinute',
    replace: 'offsetHour * 60',
  },
  {
    rule: 'event id: days that exist',
    file: time,
    find: 'date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day',
    replace: 'day > 31',
  },
  {
    rule: 'event id: lengths count characters',
    file: fields,
    find: 'const { length } = Array.from(value)',
    replace: 'const { length } = value',
  },
  {
    rule: 'event id: text is not normalised',
    file: fields,
    find: '    return value\n  }\n\n  url(',
    replace: "    return value.normalize('NFC')\n  }\n\n  url(",
  },
  {
    rule: 'API key: split from the right',
    file: key,
    find: "const keyIdMark = text.lastIndexOf('_', secretMark - 1)",
    replace: "const keyIdMark = text.indexOf('_', 3)",
  },
  { rule: 'API key: CRC-32', file: key, find: '0xedb88320', replace: '0x82f63b78' },
  {
    rule: 'API key: unsigned',
    file: key,
    find: 'return (crc ^ 0xffffffff) >>> 0',
    replace: 'return Math.abs(crc ^ 0xffffffff)',
  },
  {
    rule: 'API key: padded on the left',
    file: key,
    find: 'digits = `',
    replace: 'if (number > 0 || i === 0) digits = `',
  },
  {
    rule: 'API key: base62 in its order',
    file: key,
    find: "'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'",
    replace: "'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'",
  },
  {
    rule: 'API key: the checksum is over all that stands before it',
    file: key,
    find: 'createChecksum(text.slice(0, -CHECKSUM_LENGTH))',
    replace: 'createChecksum(text.slice(3, -CHECKSUM_LENGTH))',
  },
  {
    rule: 'API key: the environment is lower-case',
    file: key,
    find: 'environment: /^[a-z]{1,64}$/',
    replace: 'environment: /^[a-z]{1,64}$/i',
  },
  {
    rule: 'API key: the checksum is checked',
    file: key,
    find: '!== tail.slice(SECRET_LENGTH)',
    replace: '=== tail',
  },
]
