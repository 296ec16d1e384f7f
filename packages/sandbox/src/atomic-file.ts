import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Writes a file that only its owner can read (mode 0600), all of it or nothing: whoever sees the name sees the whole
 * content, and a crash leaves the old file. A symbolic link at the name is replaced, not followed.
 */
export function writePrivateFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  rmSync(draft, { force: true })
  const handle = openSync(draft, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}
