import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { decodeText } from './decode-text.js'
import { type Encoding, EncodingDetector, encodeText } from './encoding.js'
import { decodeWindows1252, encodeWindows1252 } from './windows-1252.js'

function detect(bytes: Buffer, size: number = bytes.length): ReturnType<EncodingDetector['result']> {
  const detector = new EncodingDetector()
  for (let at = 0; at < bytes.length; at += size) detector.add(bytes.subarray(at, at + size))
  return detector.result()
}

const GERMAN = 'Bestellnr;Spediteur\r\nB1;Größ & Co.\r\nB2;Müller „Söhne“ – 5 €\r\n'

test.each<[string, Buffer, Encoding]>([
  ['ASCII', Buffer.from('a;b\n1;2\n'), 'utf-8'],
  ['UTF-8', Buffer.from(GERMAN), 'utf-8'],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${GERMAN}`), 'utf-8'],
  ['Windows-1252', encodeWindows1252(GERMAN), 'windows-1252'],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${GERMAN}`, 'utf16le'), 'utf-16le'],
  ['UTF-16 without a mark', Buffer.from(GERMAN, 'utf16le'), 'utf-16le'],
  [
    'damaged UTF-8 is not taken for Windows-1252',
    Buffer.concat([Buffer.from(GERMAN), Buffer.from([0xfc])]),
    'utf-8',
  ],
  ['UTF-8 cut off in a character', Buffer.from(GERMAN).subarray(0, 29), 'utf-8'],
])('auto finds %s', (_, bytes, encoding) => {
  for (const size of [1, 2, 3, 1000]) expect(detect(bytes, size)).toMatchObject({ encoding })
})

test('a file of plain ASCII needs no mark, every other one does', () => {
  expect(detect(Buffer.from('a;b\n'))).toMatchObject({ ascii: true })
  expect(detect(Buffer.from('ä'))).toMatchObject({ ascii: false })
})

test('Windows-1252 as iconv has it, every byte of it, and back', () => {
  const known = Array.from({ length: 256 }, (_, byte) => byte).filter(
    byte => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte),
  )
  const bytes = Buffer.from(known)
  const text = execFileSync('iconv', ['-f', 'WINDOWS-1252', '-t', 'UTF-8'], { input: bytes }).toString('utf8')
  expect(decodeWindows1252(bytes)).toBe(text)
  expect(encodeWindows1252(text)).toEqual(bytes)
  expect(encodeWindows1252('Łódź 😀').toString('latin1')).toBe('?\xf3d? ?')
})

test.each<[Encoding, string]>([
  ['utf-8', 'Größ €'],
  ['windows-1252', 'Größ €'],
  ['utf-16le', 'Größ € 😀'],
])('%s is read as it was written, wherever chunks end', async (encoding, text) => {
  const bytes = encodeText(text, encoding)
  for (const size of [1, 2, 3, 100]) {
    const parts: Buffer[] = []
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    for await (const part of decodeText(chunks(), encoding, 'x')) parts.push(part)
    expect(Buffer.concat(parts).toString('utf8')).toBe(text)
  }
})

test.each<[Encoding, Buffer, string]>([
  ['windows-1252', Buffer.from([0x61, 0x81]), 'byte 2 of the file, 0x81'],
  ['windows-1252', Buffer.from([0x61, 0]), 'byte 2'],
  ['utf-16le', Buffer.from([0x61, 0, 0x62]), 'cut in the middle'],
])('%s refuses what it does not have', async (encoding, bytes, hint) => {
  const read = async (): Promise<void> => {
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield bytes
    }
    for await (const _ of decodeText(chunks(), encoding, 'x'));
  }
  await expect(read()).rejects.toMatchObject({
    code: 'encoding_invalid',
    exitCode: 6,
    message: expect.stringContaining(hint),
  })
})
