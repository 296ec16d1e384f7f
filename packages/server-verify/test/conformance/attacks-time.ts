// C1, C2: the signed time.
import { type Attack, accepted, refused, withHeaders } from './attack.js'
import { TIMESTAMP } from './testbed.js'

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const TIME = refused(400, 'timestamp_invalid')
const SKEW = refused(401, 'clock_skew')
const FRESH_DATE = 'Sat, 21 Nov 2026 23:30:40 GMT'

const NO_MOMENTS: readonly Attack[] = [
  ['no 30 February', '20260230T000000Z'],
  ['no 29 February 2027', '20270229T000000Z'],
  ['no 31 November', '20261131T000000Z'],
  ['no day 0', '20261100T233040Z'],
  ['no month 13', '20261321T233040Z'],
  ['no month 0', '20260021T233040Z'],
  ['25 h 61 min 99 s', '20261121T256199Z'],
  ['hour 24', '20261121T240000Z'],
  ['second 60', '20261121T233060Z'],
  ['full-width digits', latin1('２０２６１１２１T233040Z')],
  ['Arabic-Indic digits', latin1('٢٠٢٦١١٢١T233040Z')],
  ['a digit behind', '20261121T233040Z0'],
  ['a word behind', '20261121T233040Zabc'],
  ['milliseconds', '20261121T233040.000Z'],
  ['lower case', '20261121t233040z'],
  ['an offset', '20261121T233040+0000'],
  ['no zone', '20261121T233040'],
  ['RFC 3339', '2026-11-21T23:30:40Z'],
  ['an HTTP date', FRESH_DATE],
  ['seconds since 1970', '1795303840'],
  ['NaN', 'NaN'],
  ['a sign', '+0261121T233040Z'],
  ['two times', `${TIMESTAMP},${TIMESTAMP}`],
  ['nothing', ''],
].map(([name, timestamp]) => ({
  id: 'C1',
  name: `time: ${name}`,
  sign: { timestamp: timestamp!, scopeDate: '20261121' },
  expected: TIME,
}))

const WINDOW: readonly Attack[] = [
  { id: 'C1', name: 'time: the year 9999', sign: { timestamp: '99991231T235959Z' }, expected: SKEW },
  { id: 'C1', name: 'time: the year 0', sign: { timestamp: '00000101T000000Z' }, expected: SKEW },
  { id: 'C1', name: 'time: yesterday', sign: { timestamp: '20261120T233040Z' }, expected: SKEW },
  { id: 'C1', name: '301 s behind', sign: { timestamp: '20261121T232539Z' }, expected: SKEW },
  { id: 'C1', name: '300 s behind', sign: { timestamp: '20261121T232540Z' }, expected: accepted() },
  { id: 'C1', name: '300 s ahead', sign: { timestamp: '20261121T233540Z' }, expected: accepted() },
  { id: 'C1', name: '301 s ahead', sign: { timestamp: '20261121T233541Z' }, expected: SKEW },
  {
    id: 'C1',
    name: 'stale and with a wrong signature: nobody is told the time',
    sign: { timestamp: '20261120T233040Z', secret: 'wrong' },
    expected: refused(401, 'invalid_credentials'),
  },
]

const TWO_DATES: readonly Attack[] = [
  {
    id: 'C2',
    name: 'a fresh Date does not help a stale signed date',
    sign: { timestamp: '20261120T233040Z' },
    send: withHeaders('Date', FRESH_DATE),
    expected: SKEW,
  },
  {
    id: 'C2',
    name: 'a signed fresh Date does not help either',
    sign: { timestamp: '20261120T233040Z', headers: [['Date', FRESH_DATE]] },
    expected: SKEW,
  },
  {
    id: 'C2',
    name: 'a fresh date of the other row, signed, does not help',
    sign: { timestamp: '20261120T233040Z', headers: [['X-Amz-Date', TIMESTAMP]] },
    expected: SKEW,
  },
  {
    id: 'C2',
    name: 'a stale Date does no harm',
    send: withHeaders('Date', 'Thu, 01 Jan 1970 00:00:00 GMT'),
    expected: accepted(),
  },
  {
    id: 'C2',
    name: 'a fresh second date',
    sign: { timestamp: '20261120T233040Z' },
    send: withHeaders('X-Partner-Date', TIMESTAMP),
    expected: refused(400, 'duplicate_header'),
  },
  {
    id: 'C2',
    name: 'only the date of the other row',
    sign: { headers: [['X-Amz-Date', TIMESTAMP]] },
    send: request => ({ ...request, rawHeaders: request.rawHeaders.toSpliced(2, 2) }),
    expected: TIME,
  },
  {
    id: 'C2',
    name: 'the date changed after signing',
    send: request => ({ ...request, rawHeaders: request.rawHeaders.with(3, '20261121T233041Z') }),
    expected: refused(401, 'invalid_credentials'),
  },
]

export const TIME_ATTACKS: readonly Attack[] = [...NO_MOMENTS, ...WINDOW, ...TWO_DATES]
