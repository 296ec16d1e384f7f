import { Writable } from 'node:stream'

/** A stream that can be read while the command that writes to it runs. */
export class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}
