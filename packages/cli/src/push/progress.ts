/** What the progress bar shows. */
export interface ProgressState {
  readonly done: number
  readonly total: number
  readonly throttled: number
}

/** One line on a terminal that is drawn again and again. */
export interface Progress {
  update(state: ProgressState): void
  /** Takes the line away, so that other output can stand there; the next update draws it again. */
  clear(): void
}

/** The terminal's side of a {@link Progress}. */
export interface ProgressTerminal {
  readonly columns?: number | undefined
  write(text: string): unknown
}

const REDRAW_MS = 100
const BAR_WIDTH = 30
const DEFAULT_COLUMNS = 80

/** A progress bar of carriage returns and blanks only: no escape codes, so that it is right with NO_COLOR too. */
export function createProgress(terminal: ProgressTerminal, now: () => number): Progress {
  const startedAt = now()
  let drawnAt = Number.NEGATIVE_INFINITY
  let width = 0
  return {
    update(state) {
      const time = now()
      if (time - drawnAt < REDRAW_MS && state.done < state.total) return
      drawnAt = time
      // One column short of the edge: a full line makes some terminals wrap.
      const room = (terminal.columns ?? DEFAULT_COLUMNS) - 1
      const line = formatProgress(state, time - startedAt, room)
      terminal.write(`\r${line.padEnd(Math.min(width, room))}`)
      width = line.length
    },
    clear() {
      if (width > 0)
        terminal.write(`\r${' '.repeat(Math.min(width, (terminal.columns ?? DEFAULT_COLUMNS) - 1))}\r`)
      width = 0
    },
  }
}

/** @param room columns that may be used; what does not fit is left out, the counts last */
export function formatProgress(
  { done, total, throttled }: ProgressState,
  elapsedMs: number,
  room: number,
): string {
  const counts = `${formatCount(done)}/${formatCount(total)}`
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0
  const parts = [counts, `${formatCount(Math.round(perSecond))}/s`]
  if (throttled > 0) parts.push(`429s: ${formatCount(throttled)}`)
  if (perSecond > 0 && done < total) parts.push(`ETA ${formatDuration((total - done) / perSecond)}`)
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total)
  const bar = `[${`${'='.repeat(filled)}${filled < BAR_WIDTH ? '>' : ''}`.padEnd(BAR_WIDTH)}]`
  const whole = [bar, ...parts].join('  ')
  if (whole.length <= room) return whole
  const text = parts.join('  ')
  return text.length <= room ? text : counts.slice(0, Math.max(0, room))
}

/** `41,200`, the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** @param seconds shown as `8s`, `1m02s` or `2h05m` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`
}
