import { Command } from 'commander'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

/** argv of `audit verify`. */
export interface AuditVerifyOptions {
  readonly files: readonly string[]
  readonly database?: boolean | undefined
  readonly table?: string | undefined
  readonly checkpoints?: string | undefined
  readonly publicKey?: string | undefined
  readonly secretFile?: string | undefined
  readonly partial?: boolean | undefined
}

const EXAMPLES = `
Finds records that were edited, dropped, inserted, copied, reordered or written
anew. That the end was cut off is shown by checkpoints alone that were kept
elsewhere: one JSON object a line.

Examples:
  server-verify audit verify /var/log/orders/audit.ndjson
  server-verify audit verify audit.ndjson.1 audit.ndjson \\
      --checkpoints checkpoints.ndjson --public-key audit.pem
  server-verify audit verify audit.ndjson.1 --partial --json
  server-verify audit verify --database --store postgres://reader@db.internal/orders

Exit codes: 0 nothing is wrong, 3 something is, each with its line.`

/** argv → options of `audit verify`. */
export function createAuditCommand(start: Start, run: Run<AuditVerifyOptions> = runLazily): Command {
  const verify = new Command('verify')
    .description('find what was changed in an audit log')
    .argument('[files...]', 'the log, in the order in which it was written')
    .option('--database', 'the log of the PostgreSQL that --store names')
    .option('--table <name>', 'with --database, its table (default: countersign_audit)')
    .option('--checkpoints <file>', 'checkpoints that were kept elsewhere')
    .option('--public-key <file>', 'the Ed25519 key that checkpoints are signed with, PEM')
    .option('--secret-file <file>', 'the secret that checkpoints are signed with; readable by you only')
    .option('--partial', 'the files are a part of the log: chains may start in the middle')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], flags: Omit<AuditVerifyOptions, 'files'>, self: Command) => {
      await start(self, run, { ...flags, files })
    })
  return new Command('audit').description('audit logs').addCommand(verify)
}

async function runLazily(...args: Parameters<Run<AuditVerifyOptions>>): ReturnType<Run<AuditVerifyOptions>> {
  const { runAuditVerify } = await import('./run.js')
  return runAuditVerify(...args)
}
