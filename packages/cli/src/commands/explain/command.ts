import { Command } from 'commander'
import { CliError } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import type { Run, Start } from '../../start.js'

/** What is to be explained: a file, or a request that is sent for the purpose. */
export type ExplainOptions = ExplainFileOptions | ExplainLiveOptions

export interface ExplainFileOptions {
  /** A path, or `-` for standard input. */
  readonly file: string
  /** The body of a recorded request. */
  readonly body: string | undefined
  /** What the client signed, for an answer of the platform. */
  readonly signed: string | undefined
  readonly scheme: string
}

export interface ExplainLiveOptions {
  readonly method: string
  readonly url: string
  readonly headers: readonly string[]
  readonly data: string | undefined
}

const EXAMPLES = `
FILE is one of:
  a recorded request  what curl -v, --trace-ascii or --trace wrote, or the raw
                      HTTP request. It is signed again with the secret of the
                      profile, and the usual mistakes are made on purpose until
                      the same signature comes out.
  an answer           the problem that a sandbox gives to a request with the
                      header "Countersign-Explain: 1"; --signed FILE holds what
                      your client signed.
  both sides          JSON: { "signer": { "canonicalRequest", "stringToSign" },
                      "verifier": { the same }, "bodyBase64" }; of these only
                      the two canonical requests are needed.

Examples:
  curl -v --aws-sigv4 partner:partner:sandbox:orders ... 2> trace.txt
  partner-cli explain trace.txt --body event.json
  partner-cli explain answer.json --signed canonical-request.txt
  partner-cli explain --live GET /v1/whoami
  partner-cli explain request.http --json --query 'causes[0].code'

Exit codes: 0 a cause is named (--live: or the request was accepted), 3 nothing
wrong was found, 6 FILE cannot be read as any of these.
No output holds the secret or a signature.`

/** argv → options of `explain`. */
export function createExplainCommand(start: Start, run: Run<ExplainOptions> = runLazily): Command {
  return new Command('explain')
    .description(
      'say why a signature was refused: both canonical requests, the first byte that differs, the cause',
    )
    .usage('[options] FILE\n       partner-cli explain [options] --live METHOD URL')
    .argument('[words...]', 'FILE, or - for standard input; with --live METHOD and URL')
    .option('--body <file>', 'the body of a recorded request, when the record does not hold it')
    .option('--signed <file>', 'what the client signed: its canonical request, or JSON of partner-cli sign')
    .option('--scheme <label>', 'one more row of labels to accept, of a white label', 'partner')
    .option('--live', 'send the request to a sandbox now, signed by partner-cli, and explain its answer')
    .option('-d, --data <data>', 'with --live, the body: text, @FILE, or @- for standard input')
    .option('-H, --header <header>', 'with --live, a header, "name: value"; may be given again', collect)
    .addHelpText('after', EXAMPLES)
    .action(async (words: readonly string[], flags: Flags, command: Command) => {
      await start(command, run, flags.live === true ? readLive(words, flags) : readFile(words, flags))
    })
}

async function runLazily(...args: Parameters<Run<ExplainOptions>>): ReturnType<Run<ExplainOptions>> {
  const { runExplain } = await import('./run.js')
  return runExplain(...args)
}

interface Flags {
  readonly body?: string
  readonly signed?: string
  readonly scheme: string
  readonly live?: boolean
  readonly data?: string
  readonly header?: readonly string[]
}

function readFile(
  words: readonly string[],
  { body, signed, scheme, data, header = [] }: Flags,
): ExplainFileOptions {
  const [file] = words
  if (file === undefined || words.length > 1) throw usage('It takes one FILE, or - for standard input.')
  if (data !== undefined || header.length > 0) throw usage('-d and -H go with --live; a FILE holds its own.')
  if ([file, body, signed].filter(path => path === '-').length > 1) throw usage('Only one file can be "-".')
  return { file, body, signed, scheme }
}

function readLive(words: readonly string[], { body, signed, data, header = [] }: Flags): ExplainLiveOptions {
  const [method, url] = words
  if (method === undefined || url === undefined || words.length > 2)
    throw usage('--live takes METHOD and URL.')
  if (body !== undefined || signed !== undefined)
    throw usage('--live takes its body with -d; --body and --signed go with a FILE.')
  return { method: method.toUpperCase(), url, headers: header, data }
}

function usage(message: string): CliError {
  return new CliError('usage', EXIT.usage, message, { next: 'partner-cli explain --help shows examples' })
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
