// Why: `npm start`, the tests and the docs push one file that looks like a real export: many orders, several carriers,
// umlauts, leading zeros, late rows, duplicates, mistakes. Made by this program from a seed, so that every row has a
// reason, the counts in order-statuses.facts.json are known before any of our code has read the file, and nobody has
// to wonder whether a row was edited by hand. `--check` proves that the committed files are what it makes.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {{ orderId: string, status: string, at: number, occurredAt: string, carrier: string, tracking: string, note: string, recordedAt: number, wrong?: string }} Row */

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'examples', 'data')
const HEADER = 'order_id,status,occurred_at,carrier,tracking_number,note'
const SEED = 20260302
const PLANNED_ORDERS = 450
const EVENTS = 2392
const DUPLICATES = 8
const LATE = 40
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.UTC(2026, 2, 2, 5) // every date lies in the past of whoever runs this

const CARRIERS = [
  { name: 'DHL', offset: '+01:00', tracking: () => `00340434${digits(12)}` },
  { name: 'GLS', offset: 'Z', tracking: () => `0${digits(10)}` },
  { name: 'UPS', offset: '-05:00', tracking: () => `1Z${digits(16)}` },
  { name: 'Müller & Söhne', offset: '+01:00', tracking: () => `000${digits(15)}` },
  { name: 'Ősz Futár', offset: '+02:00', tracking: () => `00${digits(9)}` },
]

/** Courses of an order and how often each happens. A repeated status is a second scan: accepted, changes nothing. */
const COURSES = [
  [38, 'accepted packed shipped in_transit out_for_delivery delivered'],
  [16, 'accepted packed shipped in_transit in_transit out_for_delivery delivered'],
  [
    9,
    'received accepted processing packed ready_for_pickup_by_carrier shipped in_transit out_for_delivery delivered',
  ],
  [8, 'accepted packed shipped in_transit out_for_delivery delivery_attempted out_for_delivery delivered'],
  [6, 'accepted packed shipped in_transit delivery_attempted available_for_pickup delivered'],
  [6, 'accepted packed shipped in_transit customs in_transit out_for_delivery delivered'],
  [4, 'accepted packed shipped in_transit exception in_transit out_for_delivery delivered'],
  [3, 'accepted packed shipped in_transit out_for_delivery partially_delivered delivered'],
  [3, 'accepted packed shipped in_transit delivery_attempted return_in_transit returned'],
  [3, 'accepted cancelled'],
  [2, 'received on_hold accepted packed shipped in_transit out_for_delivery delivered'],
  [1, 'received rejected'],
  [1, 'accepted packed shipped in_transit exception lost'],
]
const NEEDS_TRACKING = new Set('received accepted processing on_hold rejected cancelled'.split(' '))
const NOTES = {
  packed: ['2 Pakete, 1 Palette', 'Versandtasche A4', ''],
  out_for_delivery: ['Tour 7, ca. 14:00–16:00', 'left with neighbour, 2nd floor', ''],
  delivered: [
    'Nachbarin Frau Özdemir, 2. Stock',
    'said "thanks"',
    'Ablage: „Gartenhaus“',
    'reçu par M. Lefèvre',
    '',
  ],
  delivery_attempted: [
    'Kunde nicht angetroffen; neuer Versuch morgen',
    'gate code "4711#" refused',
    'nobody home',
  ],
  available_for_pickup: ['Späti Müßig, Köpenicker Straße 8', 'Łódź, ul. Żeromskiego 12'],
  exception: ['Karton beschädigt, "nass"', 'address unreadable: Çeşme Sk. 3'],
}

/** How a row can be wrong: how many, which column, what it says. One fault a row. */
const FAULTS = {
  status_misspelt: {
    count: 6,
    column: 'status',
    values: ['shiped', 'deliverd', 'in_transist', 'on the way', 'zugestellt', 'pakced'],
  },
  date_impossible: {
    count: 4,
    column: 'occurred_at',
    values: ['2026-02-30T10:00:00Z', '2026-03-32T08:15:00+01:00', '2026-03-05T25:10:00Z', 'yesterday'],
  },
  offset_missing: {
    count: 4,
    column: 'occurred_at',
    values: ['2026-03-05T10:00:00', '2026-03-06T16:42:10', '2026-03-04T07:05:59', '2026-03-03 11:30:00'],
  },
  occurred_at_missing: { count: 3, column: 'occurred_at', values: [''] },
  order_id_invalid: {
    count: 4,
    column: 'order_id',
    values: ['A/300117', 'Bestellung 300233', '', `A-${'3'.repeat(63)}`],
  },
  note_too_long: {
    count: 2,
    column: 'note',
    values: ['Zustellung verweigert, "siehe Anhang". '.repeat(14).trim()],
  },
  date_in_future: {
    count: 2,
    column: 'occurred_at',
    values: ['2099-01-01T00:00:00Z', '2099-12-31T23:59:59+01:00'],
  },
}
/** @type {Record<string, 'orderId' | 'status' | 'occurredAt' | 'note'>} */
const FIELD = { order_id: 'orderId', status: 'status', occurred_at: 'occurredAt', note: 'note' }

const SPEDITION = {
  header: 'Bestellnr;Sendung;Stand;Zeitpunkt;Spediteur;Bemerkung',
  map: 'orderId=Bestellnr,trackingNumber=Sendung,status=Stand,occurredAt=Zeitpunkt,carrier=Spediteur,note=Bemerkung',
  codes: {
    ANG: 'accepted',
    VERP: 'packed',
    VERS: 'shipped',
    UNT: 'in_transit',
    ZUST: 'out_for_delivery',
    ZUG: 'delivered',
    RET: 'returned',
  },
  unknown: ['XXX', 'ZUGST', 'UMV'],
  carriers: ['Spedition Müller', 'Größ & Co.', 'DPD'],
  remarks: ['', '"eilig"', 'Straße gesperrt; Umleitung', 'Kunde\r\nnicht da'],
  rows: 2000,
  orders: 450,
  duplicates: 20,
  wrong: 12,
  /** 25 October 2025, 20:00 on the wall: the following night an hour is repeated. */
  start: Date.UTC(2025, 9, 25, 20),
  minutes: 7,
}

let random = mulberry32(SEED)
const made = makeFiles()
random = mulberry32(SEED)
Object.assign(made, makeSpedition())
if (process.argv.includes('--check')) {
  const stale = Object.entries(made).filter(
    ([name, text]) => !Buffer.from(text).equals(readFileSync(join(folder, name))),
  )
  for (const [name] of stale)
    console.error(`examples/data/${name} is not what tools/make-example-data.mjs makes. Run it.`)
  if (stale.length === 0) console.log('example data: the committed files are what the program makes')
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [name, text] of Object.entries(made)) writeFileSync(join(folder, name), text)
  console.log(`example data: wrote ${Object.keys(made).join(', ')}`)
}

function makeFiles() {
  const rows = makeRows()
  const facts = createFacts(rows)
  const table = [
    '| what | rows |',
    '| --- | ---: |',
    ...describe(facts).map(([what, count]) => `| ${what} | ${count} |`),
  ].join('\n')
  const readme = read('README.md').replace(
    /(<!-- counts -->\n)[\s\S]*(<!-- \/counts -->)/,
    `$1\n${table}\n\n$2`,
  )
  if (!readme.includes(table))
    throw new Error('examples/data/README.md has no <!-- counts --> … <!-- /counts --> block.')
  return {
    'order-statuses.csv': [HEADER, ...rows.map(formatRow), ''].join('\n'),
    'order-statuses.facts.json': `${JSON.stringify(facts, null, 2)}\n`,
    'README.md': readme,
  }
}

/**
 * What a haulier's own software exports: Windows-1252, semicolons, German columns and codes, wall-clock times over the end
 * of summer time, remarks of several lines.
 *
 * @returns {Record<string, string | Buffer>}
 */
function makeSpedition() {
  const { codes, unknown, carriers, remarks, rows, orders, duplicates, wrong, start, minutes } = SPEDITION
  const cells = Array.from({ length: rows - duplicates }, (_, index) => [
    `B${String(below(orders)).padStart(7, '0')}`,
    digits(12),
    pick(Object.keys(codes)),
    formatWallClock(start + index * minutes * MINUTE),
    pick(carriers),
    pick(remarks),
  ])
  const spoiled = shuffle(cells.map((_, index) => index).filter(index => index > 100)).slice(0, wrong)
  for (const index of spoiled) /** @type {string[]} */ (cells[index])[2] = pick(unknown)
  for (let i = 0; i < duplicates; i++) {
    const healthy = cells.map((_, index) => index).filter(index => codeOf(cells[index]) in codes)
    const from = pick(healthy)
    cells.splice(from + 1 + below(cells.length - from), 0, [.../** @type {string[]} */ (cells[from])])
  }
  const lines = cells.map(row => row.map(quoteSemicolon).join(';'))
  const wrongLines = []
  const repeatedHourLines = []
  const seen = new Set()
  let line = 2
  for (const [index, row] of cells.entries()) {
    const text = /** @type {string} */ (lines[index])
    if (!(codeOf(row) in codes)) wrongLines.push(line)
    else if (!seen.has(text) && /^26\.10\.2025 02/.test(/** @type {string} */ (row[3])))
      repeatedHourLines.push(line)
    seen.add(text)
    line += text.split('\r\n').length
  }
  const facts = {
    file: 'spedition-export.csv',
    encoding: 'windows-1252',
    delimiter: ';',
    map: SPEDITION.map,
    statusMap: 'spedition-status-map.json',
    timezone: 'Europe/Berlin',
    rows,
    accepted: rows - duplicates - wrong,
    duplicatesInFile: duplicates,
    rejected: wrong,
    rejectedLines: wrongLines,
    repeatedHourLines,
    carriers,
  }
  return {
    'spedition-export.csv': Buffer.from([SPEDITION.header, ...lines, ''].join('\r\n'), 'latin1'),
    'spedition-status-map.json': `${JSON.stringify(codes, null, 2)}\n`,
    'spedition-export.facts.json': `${JSON.stringify(facts, null, 2)}\n`,
  }
}

/** @param {string[] | undefined} row */
function codeOf(row) {
  return /** @type {string} */ (row?.[2])
}

/** @param {string} cell */
function quoteSemicolon(cell) {
  return /[";\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** @param {number} at wall-clock time as if it were UTC */
function formatWallClock(at) {
  const [date = '', time = ''] = new Date(at).toISOString().split('T')
  return `${date.split('-').reverse().join('.')} ${time.slice(0, 5)}`
}

/** @returns {Row[]} */
function makeRows() {
  const planned = Array.from({ length: PLANNED_ORDERS }, (_, index) => makeOrder(index)).flat()
  const rows = planned.sort(byRecording).slice(0, EVENTS) // the rest had not happened yet when the export was made
  delaySome(rows)
  rows.sort(byRecording)
  spoilSome(rows)
  repeatSome(rows)
  return rows
}

/** @param {number} index @returns {Row[]} */
function makeOrder(index) {
  // Every seventh comes from a shop whose order numbers start with zeros: a spreadsheet that eats them breaks these.
  const orderId = index % 7 === 3 ? `00${47_110_000 + index}` : `A-${300_000 + index}`
  const carrier = pick(CARRIERS)
  const tracking = carrier.tracking()
  let at = START + below(5 * 24 * 60) * MINUTE + below(60) * 1000
  return pickWeighted(COURSES)
    .split(' ')
    .map(status => {
      at += (25 + below(13 * 60)) * MINUTE + below(60) * 1000
      const note = pick(NOTES[/** @type {keyof typeof NOTES} */ (status)] ?? [''])
      const row = {
        orderId,
        status,
        at,
        occurredAt: formatTime(at, carrier.offset),
        carrier: carrier.name,
        note,
      }
      return {
        ...row,
        tracking: NEEDS_TRACKING.has(status) ? '' : tracking,
        recordedAt: at + below(600) * 1000,
      }
    })
}

/** @param {Row} a @param {Row} b */
function byRecording(a, b) {
  return a.recordedAt - b.recordedAt || a.at - b.at
}

/** A hand-held scanner without network: the event is recorded after the next one of its order. @param {Row[]} rows */
function delaySome(rows) {
  /** @type {Map<string, Row[]>} */
  const orders = new Map()
  for (const row of rows) orders.set(row.orderId, [...(orders.get(row.orderId) ?? []), row])
  const long = [...orders.values()].filter(({ length }) => length >= 5)
  for (const order of shuffle(long).slice(0, LATE)) {
    const index = 1 + below(2)
    const next = /** @type {Row} */ (order[index + 1])
    const late = /** @type {Row} */ (order[index])
    late.recordedAt = next.recordedAt + (1 + below(10)) * MINUTE
  }
}

/** @param {Row[]} rows */
function spoilSome(rows) {
  const healthy = shuffle(
    rows.filter((row, index) => index > 20 && !rows.some(other => isTangled(row, other))),
  )
  for (const [kind, { count, column, values }] of Object.entries(FAULTS)) {
    for (let i = 0; i < count; i++) {
      const row = /** @type {Row} */ (healthy.pop())
      row[/** @type {'status'} */ (FIELD[column])] = /** @type {string} */ (values[i % values.length])
      row.wrong = kind
    }
  }
}

/** Whether leaving `row` out would make another row of its order late, or not late. @param {Row} row @param {Row} other */
function isTangled(row, other) {
  return row.at < other.at !== row.recordedAt < other.recordedAt
}

/** The same line once more, some hundred lines further down: two exports that overlap. @param {Row[]} rows */
function repeatSome(rows) {
  for (let i = 0; i < DUPLICATES; i++) {
    const from = 200 + i * 240 + below(100)
    const index = rows.findIndex((row, at) => at >= from && row.wrong === undefined)
    rows.splice(index + 30 + below(120), 0, { .../** @type {Row} */ (rows[index]) })
  }
}

/** What must come out, worked out by the rules of the API on the rows as they stand. @param {Row[]} rows */
function createFacts(rows) {
  /** @type {Map<string, { status: string, at: number, history: string[] }>} */
  const orders = new Map()
  const lines = new Set()
  const effects = { applied: 0, late: 0, noChange: 0 }
  const rejected = []
  const duplicates = []
  for (const [index, row] of rows.entries()) {
    const text = formatRow(row)
    if (row.wrong !== undefined) {
      const { column } = /** @type {typeof FAULTS.note_too_long} */ (
        FAULTS[/** @type {keyof typeof FAULTS} */ (row.wrong)]
      )
      rejected.push({ line: index + 2, kind: row.wrong, column })
    } else if (lines.has(text)) {
      duplicates.push({ line: index + 2, of: rows.findIndex(other => formatRow(other) === text) + 2 })
    } else {
      lines.add(text)
      const order = orders.get(row.orderId)
      const effect =
        order === undefined
          ? 'applied'
          : row.at < order.at
            ? 'late'
            : row.status === order.status
              ? 'noChange'
              : 'applied'
      effects[effect]++
      const history = [...(order?.history ?? []), `${row.status}${effect === 'late' ? ' (late)' : ''}`]
      const current = effect === 'late' && order !== undefined ? order : row
      orders.set(row.orderId, { status: current.status, at: current.at, history })
    }
  }
  const accepted = rows.length - rejected.length - duplicates.length
  if (effects.late !== LATE) throw new Error(`${effects.late} late rows: choose another seed.`)
  const sample = [...orders].find(
    ([, { status, history }]) => status === 'delivered' && history.some(step => step.endsWith('(late)')),
  )
  if (sample === undefined) throw new Error('No delivered order with a late row: choose another seed.')
  return {
    file: 'order-statuses.csv',
    seed: SEED,
    rows: rows.length,
    orders: orders.size,
    carriers: CARRIERS.length,
    accepted,
    effects,
    duplicatesInFile: duplicates.length,
    rejected: rejected.length,
    rejectedByKind: Object.fromEntries(Object.entries(FAULTS).map(([kind, { count }]) => [kind, count])),
    currentStatus: countBy([...orders.values()].map(order => order.status)),
    sampleOrder: {
      orderId: sample[0],
      currentStatus: sample[1].status,
      statusesInFileOrder: sample[1].history,
    },
    duplicateLines: duplicates,
    rejectedLines: rejected,
  }
}

/** @param {ReturnType<typeof createFacts>} facts @returns {[string, number][]} */
function describe(facts) {
  return [
    ['all (without the header line)', facts.rows],
    ['accepted', facts.accepted],
    ['… of them applied: they change the current status', facts.effects.applied],
    ['… of them late: older than what the order already has', facts.effects.late],
    ['… of them without change: a second scan of the same status', facts.effects.noChange],
    ['exact duplicates of an earlier row', facts.duplicatesInFile],
    ['wrong', facts.rejected],
    ...Object.entries(facts.rejectedByKind).map(
      ([kind, count]) => /** @type {[string, number]} */ ([`… ${kind}`, count]),
    ),
  ]
}

/** @param {Row} row */
function formatRow(row) {
  return [row.orderId, row.status, row.occurredAt, row.carrier, row.tracking, row.note]
    .map(cell => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')
}

/** @param {number} at @param {string} offset RFC 3339 offset */
function formatTime(at, offset) {
  const hours = offset === 'Z' ? 0 : Number.parseInt(offset, 10)
  return `${new Date(at + hours * HOUR).toISOString().slice(0, 19)}${offset}`
}

/** @param {string} name */
function read(name) {
  return readFileSync(join(folder, name), {
    encoding: 'utf8',
    flag: process.argv.includes('--check') ? 'r' : 'a+',
  })
}

/** @param {string[]} words */
function countBy(words) {
  /** @type {Record<string, number>} */
  const counts = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** Integers only, so that every machine draws the same numbers. @param {number} seed */
function mulberry32(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** @param {number} limit */
function below(limit) {
  return random() % limit
}

/** @param {number} count */
function digits(count) {
  return Array.from({ length: count }, () => below(10)).join('')
}

/** @template T @param {readonly T[]} items @returns {T} */
function pick(items) {
  return /** @type {T} */ (items[below(items.length)])
}

/** @param {(string | number)[][]} choices @returns {string} */
function pickWeighted(choices) {
  let left = below(choices.reduce((sum, [weight]) => sum + Number(weight), 0))
  for (const [weight, choice] of choices) {
    left -= Number(weight)
    if (left < 0) return String(choice)
  }
  throw new Error('unreachable: the weights were summed above')
}

/** @template T @param {T[]} items @returns {T[]} */
function shuffle(items) {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[shuffled[i], shuffled[j]] = [/** @type {T} */ (shuffled[j]), /** @type {T} */ (shuffled[i])]
  }
  return shuffled
}
