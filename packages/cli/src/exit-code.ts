/** The exit codes, a contract with crontabs and schedulers. A number that is not listed here is a failure too. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  rejected: 3,
  auth: 4,
  temporary: 5,
  input: 6,
  tooManyRejects: 7,
  locked: 8,
  nothing: 9,
  environment: 10,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each code means and what the one who reads it should do, in the words of `partner-cli help exit-codes`. */
export const EXIT_CODE_MEANINGS: readonly (readonly [code: ExitCode, meaning: string, action: string])[] = [
  [EXIT.ok, 'every row accepted (replayed and late ones too)', 'nothing'],
  [EXIT.bug, 'a fault in partner-cli itself', 'report it, with --debug output'],
  [EXIT.usage, 'wrong usage or configuration', 'fix the command or the configuration'],
  [
    EXIT.rejected,
    'finished, but some rows were rejected',
    'correct the rejects file, then partner-cli retry',
  ],
  [EXIT.auth, 'authentication or authorisation failed', 'fix the credential: partner-cli doctor'],
  [EXIT.temporary, 'temporary failure, rows are pending', 'run the same command again'],
  [EXIT.input, 'the input is invalid as a whole, nothing was sent', 'fix the file'],
  [
    EXIT.tooManyRejects,
    'given up: more rejects than --max-rejects',
    'look at the columns and codes of the file',
  ],
  [EXIT.locked, 'another run holds the lock, nothing was sent', 'wait: --wait-lock 10m'],
  [EXIT.nothing, 'nothing to do (with --error-on-empty)', 'check how the file was made'],
  [EXIT.environment, 'local environment: TLS, proxy, DNS, disk', 'partner-cli doctor says what'],
  [EXIT.interrupted, 'interrupted (SIGINT), what was done is recorded', 'run the same command again'],
  [EXIT.terminated, 'terminated (SIGTERM), what was done is recorded', 'run the same command again'],
]

const WORST_FIRST: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.terminated,
  EXIT.auth,
  EXIT.environment,
  EXIT.temporary,
  EXIT.tooManyRejects,
  EXIT.locked,
  EXIT.input,
  EXIT.usage,
  EXIT.rejected,
  EXIT.nothing,
  EXIT.bug,
]

/** The one code to leave with when several apply; 0 when none does. */
export function worstExitCode(codes: Iterable<ExitCode>): ExitCode {
  const present = new Set(codes)
  return WORST_FIRST.find(code => present.has(code)) ?? EXIT.ok
}
