import type { Context } from '../../context.js'
import { EXIT, EXIT_CODE_MEANINGS, type ExitCode } from '../../exit-code.js'
import { writeText } from '../../output.js'
import { COLUMN_NAMES } from '../../push/column-map.js'
import type { HelpTopic } from './command.js'

/** `help TOPIC`. */
export async function runHelp(context: Context, topic: HelpTopic): Promise<ExitCode> {
  await writeText(context.stdout, `${TEXTS[topic](context)}\n`)
  return EXIT.ok
}

const TEXTS: Readonly<Record<HelpTopic, (context: Context) => string>> = {
  'exit-codes': explainExitCodes,
  environment: explainEnvironment,
  files: explainFiles,
  formats: explainFormats,
}

function explainExitCodes(): string {
  return [
    'Exit codes are a contract; a number not listed here is a failure too.',
    '',
    ...table(
      EXIT_CODE_MEANINGS.map(([code, meaning, action]) => [String(code).padStart(3), meaning, action]),
    ),
    '',
    'partner-cli explain: 0 a cause is named, 3 nothing wrong was found, 6 its FILE cannot be read.',
    'If several apply, the first of 130/143, 4, 10, 5, 3 is used. With --json the same number is "exitCode".',
  ].join('\n')
}

function explainEnvironment(): string {
  return [
    'Every value is looked up as flag, then environment variable, then profile. Empty variables count as absent.',
    '',
    ...table([
      ['PARTNER_PROFILE', 'the profile to use (--profile)'],
      ['PARTNER_BASE_URL', 'where the platform is (--base-url)'],
      ['PARTNER_ENVIRONMENT', 'live (default) or sandbox'],
      ['PARTNER_API', 'the API that is called: orders (default)'],
      ['PARTNER_KEY_ID', 'the key id of the credential'],
      ['PARTNER_SECRET_FILE', 'a file with its secret, readable by you only'],
      ['PARTNER_SECRET', 'the secret itself; PARTNER_SECRET_FILE is safer'],
      ['PARTNER_CA_BUNDLE', 'CA certificates to trust too, PEM (--ca-bundle)'],
      ['PARTNER_CONFIG_DIR', 'where settings and secret files are (--config-dir)'],
      ['PARTNER_STATE_DIR', 'where rejects of standard input go'],
      ['HTTPS_PROXY, NO_PROXY', 'the proxy, and what is reached without it (--proxy)'],
      ['NO_COLOR', 'no colours'],
    ]),
    '',
    'A secret never comes by flag: the process list and the history of the shell would show it.',
  ].join('\n')
}

function explainFiles({ configDirectory, stateDirectory }: Context): string {
  return table([
    [`${configDirectory}/config.json`, 'profiles: addresses and key ids, nothing secret'],
    [`${configDirectory}/secrets/PROFILE`, 'the secret of a profile; must be readable by you only (0600)'],
    ['FILE.rejects.csv', 'rejected rows of FILE, beside it; the one before is kept as .old'],
    [`${stateDirectory}/rejects/`, 'rejected rows of standard input, and where FILE has no place beside it'],
  ]).join('\n')
}

function explainFormats(): string {
  return [
    'CSV: UTF-8, with a header. The delimiter is found in the header: comma, semicolon, tab or |.',
    'Quoted cells may hold delimiters, doubled quotes and line ends. Empty cells count as absent.',
    '',
    `  Columns: ${COLUMN_NAMES.slice(0, 6).join(', ')},`,
    `           ${COLUMN_NAMES.slice(6).join(', ')}`,
    '  Required: order_id, status, occurred_at. orderId and Order-ID are the same as order_id.',
    '  occurred_at is when it happened, with an offset: 2026-11-21T23:30:40+01:00',
    '',
    'NDJSON: one JSON object a line, with the same names, or "shipment" and "lines" as the API has them.',
    '',
    'The rejects file has your own columns and _line, _code, _detail. Correct it and push it as it is:',
    'those three are ignored. The same file twice is stored once; a corrected row is a new event.',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  return rows.map(row => `  ${row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ')}`.trimEnd())
}
