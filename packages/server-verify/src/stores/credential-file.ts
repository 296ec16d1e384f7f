import { CredentialError } from '../credential-error.js'
import type { CredentialRecord } from '../credential-record.js'
import type { CredentialEvent } from '../credential-registry.js'
import { parseSealedSecret } from '../parse-credential-record.js'
import type { SealedSecret } from '../secret-box.js'

const FORMAT = 'countersign-credentials/1'

/** What the file store keeps. Records are parsed when they are used: one that is not understood harms itself only. */
export interface CredentialFile {
  readonly revision: number
  readonly fingerprintKey: SealedSecret | undefined
  readonly credentials: readonly CredentialRecord[]
  readonly history: readonly CredentialEvent[]
}

export const EMPTY_FILE: CredentialFile = {
  revision: 0,
  fingerprintKey: undefined,
  credentials: [],
  history: [],
}

export function formatCredentialFile(file: CredentialFile): string {
  return `${JSON.stringify({ format: FORMAT, ...file }, undefined, 2)}\n`
}

/** @throws CredentialError `store_invalid`, `store_newer` */
export function parseCredentialFile(text: string): CredentialFile {
  const value = parseJson(text)
  if (!isObject(value) || typeof value['format'] !== 'string') throw invalid('it is no credential file')
  if (value['format'] !== FORMAT) {
    throw value['format'].startsWith('countersign-credentials/')
      ? new CredentialError('store_newer', `it has the form ${value['format']}, this version knows ${FORMAT}`)
      : invalid('it is no credential file')
  }
  const { revision, fingerprintKey, credentials, history } = value
  if (!Number.isSafeInteger(revision)) throw invalid('its "revision" is no number')
  if (!Array.isArray(credentials) || !credentials.every(item => isObject(item) && isText(item['keyId'])))
    throw invalid('its "credentials" is no list of records with a key id')
  if (!Array.isArray(history) || !history.every(isEvent)) throw invalid('its "history" is no list of events')
  if (new Set(credentials.map(({ keyId }) => keyId)).size !== credentials.length)
    throw invalid('two of its credentials have one key id')
  return {
    revision: revision as number,
    fingerprintKey:
      fingerprintKey === undefined ? undefined : parseSealedSecret(fingerprintKey, 'fingerprintKey'),
    credentials,
    history,
  }
}

function isEvent(value: unknown): value is CredentialEvent {
  return (
    isObject(value) &&
    Number.isSafeInteger(value['revision']) &&
    (value['keyId'] === null || isText(value['keyId'])) &&
    isText(value['change']) &&
    isText(value['action']) &&
    isText(value['actor']) &&
    Number.isSafeInteger(value['at'])
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's message: that one quotes the file.
    throw invalid('it is no JSON')
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(fault: string): CredentialError {
  return new CredentialError('store_invalid', fault)
}
