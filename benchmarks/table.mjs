// @ts-check
// Why: every suite reports the same way, so that two runs can be laid side by side: a table with both ratios, then each
// goal with its figure, met or not. Figures are never rounded in favour of a goal.
import { median, ratio } from './interleave.mjs'

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {Record<string, number | string>} cells by column
 *
 * @typedef {object} Goal
 * @property {string} text what is asked, e.g. `sign ≤ 2.2 × floor`
 * @property {number} figure what was measured
 * @property {number} [best] the same from the best rounds, for orientation
 * @property {boolean} met
 *
 * @typedef {object} Report
 * @property {string} suite
 * @property {string} title
 * @property {readonly string[]} columns
 * @property {readonly Row[]} rows
 * @property {readonly Goal[]} goals
 * @property {readonly string[]} guard what was proved correct before anything was timed
 */

export const RATIO_COLUMNS = ['ns/op', 'best ns/op', 'ops/s', '× floor', '× floor (best)']

/**
 * @param {readonly import('./interleave.mjs').Samples[]} samples the first one is the floor
 * @returns {Row[]}
 */
export function createRatioRows(samples) {
  const floor = samples[0]
  return samples.map(one => {
    const { paired, best } = ratio(one, floor)
    const ns = median(one.rounds)
    return {
      name: one.name,
      cells: {
        'ns/op': Math.round(ns),
        'best ns/op': Math.round(Math.min(...one.rounds)),
        'ops/s': Math.round(1e9 / ns),
        '× floor': round(paired),
        '× floor (best)': round(best),
      },
    }
  })
}

/**
 * A goal on a ratio of two cases; the median of the paired ratios decides.
 *
 * @param {string} text
 * @param {import('./interleave.mjs').Samples} slower
 * @param {import('./interleave.mjs').Samples} faster
 * @param {{ atMost: number } | { atLeast: number }} limit
 * @returns {Goal}
 */
export function createRatioGoal(text, slower, faster, limit) {
  const { paired, best } = ratio(slower, faster)
  return { ...createGoal(text, paired, limit), best: round(best) }
}

/** @param {string} text @param {number} figure @param {{ atMost: number } | { atLeast: number }} limit @returns {Goal} */
export function createGoal(text, figure, limit) {
  const met = 'atMost' in limit ? figure <= limit.atMost : figure >= limit.atLeast
  return { text, figure: round(figure), met }
}

/** @param {Report} report @returns {string} Markdown, so that it can be pasted into an issue */
export function formatReport({ title, columns, rows, goals, guard }) {
  const header = ['case', ...columns]
  const body = rows.map(({ name, cells }) => [name, ...columns.map(column => formatCell(cells[column]))])
  const widths = header.map((cell, i) => Math.max(cell.length, ...body.map(line => line[i]?.length ?? 0)))
  /** @param {readonly string[]} cells */
  const line = cells =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  const verdicts = goals.map(({ text, figure, best, met }) => {
    const beside = best === undefined ? '' : ` (best rounds ${formatCell(best)})`
    return `- ${met ? 'met    ' : 'NOT MET'}  ${text}: ${formatCell(figure)}${beside}`
  })
  return [
    `## ${title}`,
    ...guard.map(fact => `proved first: ${fact}`),
    '',
    line(header),
    rule,
    ...body.map(line),
    '',
    ...verdicts,
    '',
  ].join('\n')
}

/** @param {number | string | undefined} value */
function formatCell(value) {
  if (typeof value !== 'number') return value ?? ''
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** @param {number} value three significant decimals: enough to see 2.204 miss 2.2 */
function round(value) {
  return Math.round(value * 1000) / 1000
}
