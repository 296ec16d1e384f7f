import type { Timers } from '../wakeup.js'

/** Time that passes only when all promises have come to rest: hours of waiting in milliseconds, always in the same order. */
export function createVirtualTimers(): Timers & { wait(delayMs: number): Promise<void> } {
  let now = 0
  let pumping = false
  let due: { at: number; callback: () => void }[] = []

  const pump = (): void => {
    const next = due.shift()
    pumping = next !== undefined
    if (next === undefined) return
    now = Math.max(now, next.at)
    next.callback()
    setImmediate(pump)
  }
  const after = (delayMs: number, callback: () => void): (() => void) => {
    const entry = { at: now + Math.max(0, delayMs), callback }
    const position = due.findIndex(other => other.at > entry.at)
    due.splice(position === -1 ? due.length : position, 0, entry)
    if (!pumping) setImmediate(pump)
    pumping = true
    return () => {
      due = due.filter(other => other !== entry)
    }
  }
  return {
    now: () => now,
    after,
    wait: delayMs => new Promise<void>(resolve => void after(delayMs, resolve)),
  }
}
