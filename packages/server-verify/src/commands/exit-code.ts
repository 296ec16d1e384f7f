/** The exit codes, a contract with scripts. Other numbers than these are failures too. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  /** The store said no, or `audit verify` found something. */
  refused: 3,
  temporary: 5,
  environment: 10,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** For the end of the help. */
export const EXIT_CODE_HELP: string = `
Exit codes:
  0  done                                   2  wrong usage or configuration
  3  refused: unknown, revoked, exists;     5  the store cannot be reached now,
     audit verify: the log was changed         run the same command again
  1  a fault in server-verify itself       10  files: permissions, disk
  130, 143  interrupted, terminated`
