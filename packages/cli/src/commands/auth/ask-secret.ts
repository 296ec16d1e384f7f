import { type OutputStream, writeText } from '../../output.js'

/** Asks in a terminal; what is typed is not shown. A pasted key of many lines ends with its END line. */
export async function askSecret(stdin: NodeJS.ReadStream, stderr: OutputStream): Promise<string> {
  await writeText(stderr, 'Secret (not shown): ')
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  let text = ''
  try {
    for await (const chunk of stdin as AsyncIterable<string>) {
      for (const character of chunk) {
        if (character === '\u0003') {
          process.kill(process.pid, 'SIGINT')
          return ''
        }
        if (character === '\u0004') return text
        if (character === '\r' || character === '\n') {
          const isOpen = text.startsWith('-----BEGIN') && !/-----END [^\n]*-----\s*$/.test(text)
          if (!isOpen) return text
          text += '\n'
        } else if (character === '\u007f') text = text.slice(0, -1)
        else text += character
      }
    }
    return text
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    await writeText(stderr, '\n')
  }
}
