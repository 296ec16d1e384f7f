/** What curl wrote with `--trace-ascii` or `--trace`. */
export interface Trace {
  readonly head: readonly string[]
  /** Undefined when no body was sent as such (HTTP/2 in old curl). */
  readonly body: Uint8Array | undefined
  /** All that was received, as UTF-8 text. */
  readonly received: string
  /** False when `--trace-ascii` may have hidden bytes of the body behind ".". */
  readonly bodyIsCertain: boolean
}

interface Block {
  readonly kind: string
  readonly bytes: Buffer
  readonly certain: boolean
}

const TITLE = /^(?:\S+ )?(=> Send|<= Recv) (header|data), (\d+) bytes/
const ROW = /^([0-9a-f]{4,}): (.*)$/
const HEX_ROW = /^((?:[0-9a-f]{2} ){1,16})/

/** Takes a trace apart; of several requests the last one counts. The text is one character a byte. */
export function readTrace(text: string): Trace {
  const blocks = readBlocks(text)
  const start = blocks.findLastIndex(({ kind }) => kind === '=> Send header')
  const sent = blocks.slice(start)
  const head = sent[0]!.bytes
    .toString('latin1')
    .replace(/(?:\r?\n)+$/, '')
    .split(/\r?\n/)
  const data = sent.filter(({ kind }) => kind === '=> Send data')
  const received = Buffer.concat(sent.filter(({ kind }) => kind.startsWith('<=')).map(({ bytes }) => bytes))
  return {
    head,
    body: data.length === 0 ? undefined : Buffer.concat(data.map(({ bytes }) => bytes)),
    received: received.toString('utf8'),
    bodyIsCertain: data.every(({ certain }) => certain),
  }
}

function readBlocks(text: string): readonly Block[] {
  const isHex = /^0000: (?:[0-9a-f]{2} ){16}/m.test(text)
  const blocks: Block[] = []
  let title: RegExpExecArray | null = null
  let rows: [offset: number, text: string][] = []
  const finish = (): void => {
    if (title !== null) blocks.push(joinRows(`${title[1]} ${title[2]}`, rows, Number(title[3]), isHex))
    rows = []
  }
  for (const line of text.split('\n').map(raw => raw.replace(/\r$/, ''))) {
    const row = ROW.exec(line)
    if (row !== null) rows.push([Number.parseInt(row[1]!, 16), row[2]!])
    else if (/^(?:\S+ )?(?:=>|<=|==) /.test(line)) {
      finish()
      title = TITLE.exec(line)
    }
  }
  finish()
  return blocks
}

function joinRows(
  kind: string,
  rows: readonly (readonly [number, string])[],
  total: number,
  isHex: boolean,
): Block {
  if (isHex) {
    const bytes = rows.map(([, row]) =>
      Buffer.from((HEX_ROW.exec(row)?.[1] ?? '').replaceAll(' ', ''), 'hex'),
    )
    return { kind, bytes: Buffer.concat(bytes), certain: true }
  }
  let text = ''
  for (const [index, [offset, row]] of rows.entries()) {
    // A new row begins every 64 bytes, and after CR LF, which is not shown.
    const next = rows[index + 1]?.[0] ?? total
    text += next - offset - row.length === 2 ? `${row}\r\n` : row
  }
  return { kind, bytes: Buffer.from(text, 'latin1'), certain: text.length === total && !text.includes('.') }
}
