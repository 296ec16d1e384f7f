import type { Command } from 'commander'
import type { Context } from '../../context.js'
import { EXIT, EXIT_CODE_MEANINGS, type ExitCode } from '../../exit-code.js'
import { writeText } from '../../output.js'
import { COLUMN_NAMES } from '../../push/column-map.js'
import type { HelpTopic } from './command.js'

/** `help TOPIC`. */
export async function runHelp(context: Context, topic: Exclude<HelpTopic, 'man'>): Promise<ExitCode> {
  await writeText(context.stdout, `${TEXTS[topic](context)}\n`)
  return EXIT.ok
}

/** `help man`: the manual page, for `man -l -` or a folder of manuals. */
export async function printManPage(context: Context, program: Command): Promise<ExitCode> {
  const { createManPage } = await import('./man-page.js')
  await writeText(context.stdout, `${createManPage(program)}\n`)
  return EXIT.ok
}

const TEXTS: Readonly<Record<Exclude<HelpTopic, 'man'>, (context: Context) => string>> = {
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
    'If several apply, the first of 130/143, 4, 10, 5, 7, 3 is used. With --json the same number is "exitCode".',
  ].join('\n')
}

function explainEnvironment(): string {
  return [
    'Every value is looked up as flag, credential file, variable, profile, default. Empty variables count as absent.',
    '',
    ...table([
      ['PARTNER_PROFILE', 'the profile to use (--profile)'],
      ['PARTNER_BASE_URL', 'where the platform is (--base-url)'],
      ['PARTNER_ENVIRONMENT', 'live (default) or sandbox'],
      ['PARTNER_API', 'the API that is called: orders (default)'],
      ['PARTNER_KEY_ID', 'the key id of the credential'],
      ['PARTNER_SECRET_FILE', 'a file with its secret, readable by you only'],
      ['PARTNER_SECRET', 'the secret itself; PARTNER_SECRET_FILE is safer'],
      ['PARTNER_API_KEY_FILE, PARTNER_API_KEY', 'an API key instead'],
      ['PARTNER_PRIVATE_KEY_FILE', 'a private key instead: HTTP Message Signatures, or an OAuth client'],
      ['PARTNER_ISSUER, PARTNER_CLIENT_ID', 'an OAuth client instead, and its authorization server'],
      ['PARTNER_CLIENT_SECRET_FILE, …_SECRET', 'its secret'],
      ['PARTNER_SCOPE', 'the scopes to ask for'],
      ['CREDENTIALS_DIRECTORY', "systemd's: partner-secret, partner-api-key … are read there"],
      ['PARTNER_CA_BUNDLE', 'CA certificates to trust too, PEM (--ca-bundle)'],
      ['PARTNER_CONFIG_DIR', 'where settings and secret files are (--config-dir)'],
      ['PARTNER_STATE_DIR', 'where journals, locks and rejects of runs are'],
      ['HTTPS_PROXY, NO_PROXY', 'the proxy, and what is reached without it (--proxy)'],
      ['NO_COLOR', 'no colours'],
    ]),
    '',
    'A secret never comes by flag: the process list and the history of the shell would show it. It is looked up in',
    '--credential-file, variables, credential-process, mounted secrets, the keychain, the file of the profile.',
  ].join('\n')
}

function explainFiles({ configDirectory, stateDirectory, tokenDirectory }: Context): string {
  return table([
    [`${configDirectory}/config.json`, 'profiles: addresses and key ids, nothing secret'],
    [`${configDirectory}/secrets/PROFILE`, 'the secret of a profile; must be readable by you only (0600)'],
    [`${configDirectory}/previous/PROFILE`, 'the one before it, for auth rollback'],
    [`${tokenDirectory}/`, 'access tokens; auth logout removes them'],
    ['FILE.rejects.csv', 'rejected rows of FILE, beside it; another one of that name is kept as .old'],
    [`${stateDirectory}/runs/RUN/`, 'journal.ndjson, summary.json and rejects of each run, for 90 days'],
    [`${stateDirectory}/unfinished/`, 'which runs the same command goes on with'],
    [`${stateDirectory}/locks/`, 'who is pushing, one lock for each credential'],
    [`${stateDirectory}/rejects/`, 'rejected rows of standard input, and where FILE has no place beside it'],
    ['DIR/processing, done, failed', 'of a folder that partner-cli watch DIR looks after'],
  ]).join('\n')
}

function explainFormats(): string {
  return [
    'Formats: CSV, TSV, NDJSON (one object a line), JSON (an array of objects), XLSX. --format auto goes by the name,',
    'then by the first character. CSV and TSV have a header; the delimiter is found in it: comma, semicolon, tab or |.',
    'Quoted cells may hold delimiters, doubled quotes and line ends. Empty cells count as absent.',
    '',
    `  Columns: ${COLUMN_NAMES.slice(0, 6).join(', ')},`,
    `           ${COLUMN_NAMES.slice(6).join(', ')}`,
    '  Required: order_id, status, occurred_at. orderId and Order-ID are the same as order_id. JSON may have "shipment" and',
    '  "lines" as the API has them.',
    '',
    'Your own columns: --map orderId=Bestellnr,status=Stand,occurredAt=Zeitpunkt. Columns that are neither named there nor',
    'known are then read over; without --map they are an error, as a mistyped one would lose data in silence.',
    'Your own codes: --status-map FILE, {"ZUG": "delivered"} or a line ZUG=delivered each.',
    '',
    'Times: 2026-11-21T23:30:40+01:00, or with --timezone Europe/Berlin also 21.11.2026 14:05, 2026-11-21 14:05:30,',
    '20261121140530. In autumn an hour comes twice: its first pass is taken and reported (say 02:30 CET or +01:00 for the',
    'other). In spring an hour is left out: such a row is rejected.',
    '',
    'Encoding: a byte order mark decides; else UTF-16 when every other byte is zero; else UTF-8 when all of it is valid; else',
    'Windows-1252 when nothing of it is UTF-8. A mixture is refused with its line. --encoding says it yourself.',
    '',
    'Rejected for what a spreadsheet did: number_damaged (1.23E+15), excel_serial_date (46286.59), leading_zeros_lost (at',
    'least 40 numbers, none begins with 0, 80% have the same 8 or more digits, and this one has fewer), digits_lost (all',
    'numbers of more than 16 digits end in zeros). --no-spreadsheet-check takes them as they are.',
    '',
    'The rejects file has your own columns, delimiter and encoding, and _line, _code, _detail. Correct it where it is, then',
    'partner-cli retry. A cell that a spreadsheet would run as a formula has an apostrophe before it; it is taken off again.',
    'The same file twice is stored once; a corrected row is a new event.',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  return rows.map(row => `  ${row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ')}`.trimEnd())
}
