import { randomUUID } from 'node:crypto'
import type { ReadyFile } from './ready-file.js'

/**
 * What a newcomer wants to see first: where it is, who they are, and a line to paste. The secret in it is that of a
 * sandbox; `--quiet` keeps it off the screen.
 */
export function formatAnnouncement(ready: ReadyFile, files: AnnouncedFiles, nowMs: number): string {
  const { url, environment, api, partner, hmac } = ready
  const event = JSON.stringify({
    eventId: `evt_${randomUUID()}`,
    status: 'shipped',
    occurredAt: new Date(nowMs).toISOString(),
  })
  const facts = [
    ['url', url],
    ['partner', partner],
    ['key id', hmac.keyId],
    ['data', files.dataDir ?? 'in memory, gone when this stops'],
    ...(files.readyFile === undefined ? [] : [['ready file', files.readyFile]]),
    ['api', `${url}/openapi.yaml`],
  ]
  return [
    'partner-sandbox is ready',
    ...facts.map(([name = '', value = '']) => `  ${name.padEnd(11)}${value}`),
    '',
    'Push a status (curl 7.86 or newer):',
    '',
    `  curl --aws-sigv4 "partner:partner:${environment}:${api}" -u ${hmac.keyId}:${hmac.secret} --json '${event}' ${url}/v1/orders/A-1/statuses`,
    '',
    'Ctrl-C stops it.',
    '',
  ].join('\n')
}

export interface AnnouncedFiles {
  /** Where the data are; absent: in memory. */
  readonly dataDir?: string | undefined
  readonly readyFile?: string | undefined
}
