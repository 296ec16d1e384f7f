import type { Paint } from '../../output.js'
import { type ComparedTexts, formatComparison } from './compare-view.js'
import { type Explanation, findByteDifference } from './explanation.js'
import { findNextStep } from './next-step.js'
import { describeByte, showBytes } from './show-bytes.js'

/** A line longer than this is hard to read, however wide the terminal is. */
const MAX_TEXT_WIDTH = 100

const ORIGIN = {
  sides: ['what the signer signed', 'what the verifier computed'],
  answer: ['what your client signed', 'what the platform computed'],
  record: ['what your client signed', 'what the platform computes'],
  live: ['what partner-cli signed', 'what the platform computed'],
} as const

/** The explanation for a person: both sides, the first byte that differs, the cause, the next step. */
export function formatExplanation(explanation: Explanation, width: number, paint: Paint): string {
  const text = Math.min(width, MAX_TEXT_WIDTH)
  const { answer, causes, notes } = explanation
  const lines: string[] = []
  if (answer !== undefined) {
    const status = answer.status === undefined ? '' : `${answer.status} `
    const request = answer.requestId === undefined ? '' : ` (request ${showBytes(answer.requestId)})`
    lines.push(`Answer: ${status}${showBytes(answer.code)}${request}`, '')
  }
  if (causes[0]?.code === 'accepted') return [...lines, ...fold(causes[0].explanation, text, '')].join('\n')
  const sides = formatSides(explanation, width, paint)
  if (sides.length > 0) lines.push(...sides, '')
  for (const [index, { code, explanation: words }] of causes.entries()) {
    const title = index > 0 ? 'And' : explanation.proven ? 'Cause' : 'Likely cause'
    lines.push(`${paint('bold', `${title}:`)} ${showBytes(code)}`, ...fold(words, text, '  '))
  }
  for (const note of notes) lines.push(...fold(`Note: ${note}`, text, ''))
  const steps = [...new Set(causes.map(({ code }) => findNextStep(code)))]
  lines.push('', ...steps.flatMap(step => fold(`Next: ${step}`, text, '', '      ')))
  return lines.join('\n')
}

function formatSides({ source, signer, verifier }: Explanation, width: number, paint: Paint): string[] {
  const [ours, theirs] = ORIGIN[source]
  if (signer === undefined || verifier === undefined) {
    const known = signer ?? verifier
    // What partner-cli signed is nothing to look at when the answer is not about it.
    if (known === undefined || source === 'live') return []
    const whose = signer === undefined ? theirs : ours
    return [paint('bold', `Canonical request: ${whose}`), ...show(same(known.canonicalRequest), width, paint)]
  }
  const difference = findByteDifference(signer, verifier)
  if (difference === undefined) {
    return [
      paint('bold', 'Canonical request: the same on both sides'),
      ...show(same(signer.canonicalRequest), width, paint),
      ...(signer.stringToSign === undefined || verifier.stringToSign === undefined
        ? []
        : [
            '',
            paint('bold', 'String to sign: the same on both sides'),
            ...show(same(signer.stringToSign), width, paint),
          ]),
    ]
  }
  const name = difference.in === 'canonicalRequest' ? 'Canonical request' : 'String to sign'
  const [left, right] = [signer[difference.in] ?? '', verifier[difference.in] ?? '']
  const place = `First difference: line ${difference.line}, column ${difference.column} (byte ${difference.offset + 1})`
  return [
    paint('bold', name),
    ...show({ signer: left, verifier: right, titles: ORIGIN[source], difference }, width, paint),
    '',
    ...fold(
      `${place}: ${describeByte(difference.signer)} signed, ${describeByte(difference.verifier)} there.`,
      Math.min(width, MAX_TEXT_WIDTH),
      '',
    ),
  ]
}

function same(text: string): ComparedTexts {
  return { signer: text, verifier: text, titles: ['', ''], difference: undefined }
}

function show(texts: ComparedTexts, width: number, paint: Paint): readonly string[] {
  return formatComparison(texts, width, paint)
}

function fold(text: string, width: number, indent: string, hanging: string = indent): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of showBytes(text).split(' ')) {
    const start = lines.length === 0 ? indent : hanging
    if (line.length > start.length && line.length + 1 + word.length > width) {
      lines.push(line)
      line = `${hanging}${word}`
    } else line += line.length > start.length ? ` ${word}` : word
  }
  return [...lines, line]
}
