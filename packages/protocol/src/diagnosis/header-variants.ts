import { formatTimestamp } from '../timestamp.js'
import type { CanonicalParts, PartChange } from './canonical-variants.js'
import type { RecordedRequest } from './recorded-request.js'

/** What signers get wrong in canonical headers and signed headers. */
export function listHeaderVariants(
  { headerLines, signedHeaders }: CanonicalParts,
  request: RecordedRequest,
  hosts: readonly string[],
): readonly PartChange[] {
  const names = signedHeaders.split(';')
  const changes: PartChange[] = []
  const setLine = (index: number, line: string): void => {
    changes.push({ headerLines: headerLines.with(index, line) })
  }
  for (const [index, name] of names.entries()) {
    const line = headerLines[index]!
    const value = line.slice(name.length + 1)
    for (const other of listValues(name, value, request, hosts)) setLine(index, `${name}:${other}`)
    const without = headerLines.toSpliced(index, 1)
    changes.push({ headerLines: without })
    changes.push({ headerLines: without, signedHeaders: names.toSpliced(index, 1).join(';') })
  }
  const sentNames = names.map(name => findName(request, name))
  const sentLines = headerLines.map(
    (line, index) => `${sentNames[index]!}${line.slice(names[index]!.length)}`,
  )
  const inSentOrder = listInSentOrder(headerLines, names, request)
  changes.push(
    { headerLines: sentLines },
    { headerLines: sentLines, signedHeaders: sentNames.join(';') },
    { signedHeaders: sentNames.join(';') },
    { headerLines: headerLines.map(line => line.replace(':', ': ')) },
    { headerLines: headerLines.map(line => line.toLowerCase()) },
    { headerLines: inSentOrder },
    { headerLines: inSentOrder, signedHeaders: inSentOrder.map(line => line.split(':', 1)[0]!).join(';') },
  )
  return changes
}

function listValues(
  name: string,
  value: string,
  request: RecordedRequest,
  hosts: readonly string[],
): readonly string[] {
  const raw = request.headers.filter(([sent]) => sent.toLowerCase() === name).map(([, sent]) => sent)
  const values = [raw.join(','), raw.join(', '), ` ${value}`, value.toLowerCase(), '']
  if (name === 'host') values.push(...listHosts(value, request, hosts))
  if (name === 'content-type') values.push(...listContentTypes(value))
  if (/^x-[a-z0-9]+-date$/.test(name)) values.push(...listTimes(value))
  return values.filter(other => other !== value)
}

function listHosts(host: string, { headers }: RecordedRequest, hosts: readonly string[]): readonly string[] {
  const name = host.replace(/:[0-9]+$/, '')
  const port = host.slice(name.length)
  const forwarded = headers
    .filter(([header]) => /^(?:x-forwarded-host|x-original-host)$/i.test(header))
    .map(([, value]) => value)
  const names = [
    name,
    `${name}:443`,
    `${name}:80`,
    ...['localhost', '127.0.0.1'].flatMap(local => [local, `${local}${port}`]),
  ]
  return [...names, ...forwarded, ...hosts]
}

function listContentTypes(value: string): readonly string[] {
  const [type = ''] = value.split(';', 1)
  const charsets = ['; charset=utf-8', ';charset=utf-8', '; charset=UTF-8', ';charset=UTF-8']
  const others = ['application/json', 'application/x-www-form-urlencoded', 'text/plain']
  return [type, ...charsets.map(charset => `${type}${charset}`), ...others]
}

function listTimes(value: string): readonly string[] {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(value)
  if (match === null) return []
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const moment = Date.UTC(year, month - 1, day, hour, minute, second)
  return [-3, -2, -1, 1, 2, 3].map(seconds => formatTimestamp(moment + seconds * 1000))
}

/** The name as it was sent, such as `X-Partner-Date`. */
function findName({ headers }: RecordedRequest, name: string): string {
  return headers.find(([sent]) => sent.toLowerCase() === name)?.[0] ?? name
}

function listInSentOrder(
  lines: readonly string[],
  names: readonly string[],
  { headers }: RecordedRequest,
): readonly string[] {
  const position = (name: string): number => headers.findIndex(([sent]) => sent.toLowerCase() === name)
  return lines
    .map((line, index) => [position(names[index]!), line] as const)
    .sort(([a], [b]) => a - b)
    .map(([, line]) => line)
}
