import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who holds something, so that another process can tell whether it still lives. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** When the process began, as the kernel counts it: a process id is used again. Null where it cannot be told. */
  readonly startTime: string | null
  /** Names the boot of the machine. Null where it cannot be told. */
  readonly boot: string | null
}

/** This process. */
export function describeProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), startTime: readStartTime(process.pid), boot: readBoot() }
}

/** Whether a process of this machine still runs. When in doubt it does. */
export function isAlive({ pid, startTime, boot }: ProcessIdentity): boolean {
  if (boot !== null && boot !== readBoot()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = readStartTime(pid)
  return startTime === null || now === null || startTime === now
}

/** Field 22 of /proc/PID/stat. The second one, the name, may hold blanks and brackets, so it is counted from its end. */
function readStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended, whoever has not collected it yet.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}

function readBoot(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}
