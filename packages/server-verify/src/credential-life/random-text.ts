import { randomBytes, randomInt } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SUFFIX_LENGTH = 12
const PREFIX_LENGTH = 20

/** 256 random bits as 43 characters of base64url. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** `length` random characters of `0-9 A-Z a-z`, each as likely as any other. */
export function createBase62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('')
}

/** A key id that tells people whose it is, e.g. `acme_x8Kw2LmQ0aZr`. Key ids are public. */
export function createKeyId(partnerId: string, separator: '_' | ''): string {
  const prefix = partnerId.replace(/[^A-Za-z0-9]/g, '').slice(0, PREFIX_LENGTH)
  return `${prefix}${separator}${createBase62(SUFFIX_LENGTH)}`
}
