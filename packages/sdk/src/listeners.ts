import type { DebugEvent } from './debug-event.js'
import { createEventLog } from './event-log.js'
import type { PartnerClientOptions } from './options.js'
import type { AttemptParts } from './signed-attempt.js'

/** Who is told what goes on: `onDebug`, the logger, and the process itself when a notice would otherwise be missed. */
export function createListeners(
  options: Pick<PartnerClientOptions, 'logger' | 'logLevel' | 'onDebug'>,
): Pick<AttemptParts, 'onDebug' | 'onNotice'> {
  const { logger, logLevel = 'warn', onDebug } = options
  if (logger === undefined) return { onDebug, onNotice: warnProcess }
  const log = createEventLog(logger, logLevel)
  const both = (event: DebugEvent): void => {
    log(event)
    onDebug?.(event)
  }
  return { onDebug: both, onNotice: () => {} }
}

function warnProcess(event: DebugEvent): void {
  if (event.type !== 'deprecated') return
  const { method, target, deprecation, sunset, link } = event
  const parts = [
    deprecation === undefined ? '' : ` Deprecation: ${deprecation}.`,
    sunset === undefined ? '' : ` Sunset: ${sunset}.`,
    link === undefined ? '' : ` Link: ${link}`,
  ]
  const message = `The server will remove what was called (${method} ${target.split('?')[0]}).${parts.join('')}`
  process.emitWarning(message, { type: 'DeprecationWarning', code: 'COUNTERSIGN_API_DEPRECATED' })
}
