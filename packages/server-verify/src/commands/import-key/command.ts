import { Command } from 'commander'
import type { Run } from '../context.js'
import { addRestrictionOptions, checkDuration, type RestrictionFlags } from '../restriction-options.js'
import type { Start } from '../start.js'

/** argv of `import-key`. */
export interface ImportKeyOptions extends RestrictionFlags {
  readonly partner: string
  readonly publicKey: string
  readonly challengeOut?: string | undefined
  readonly challenge?: string | undefined
  readonly proof?: string | undefined
  readonly keyId?: string | undefined
  readonly replaces?: string | undefined
  /** ms */
  readonly overlap?: number | undefined
  readonly certificate?: string | undefined
  readonly reason?: string | undefined
}

const EXAMPLES = `
Takes an Ed25519 or P-256 public key, once the partner has shown that it holds the
private key. Two steps, with the partner in between:

  server-verify import-key acme --environment live --public-key acme.pem \\
      --challenge-out challenge.txt
  # the partner, with its private key:
  openssl pkeyutl -sign -rawin -inkey private.pem -in challenge.txt -out proof.bin
  # back here, with the challenge.txt that stayed here:
  server-verify import-key acme --environment live --public-key acme.pem \\
      --challenge challenge.txt --proof proof.bin --scope orders:status:write

The next key of the same partner, both valid for a week (the rights are inherited):

  server-verify import-key acme --environment live --public-key next.pem \\
      --challenge challenge.txt --proof proof.bin --replaces acme_x8Kw2LmQ0aZr`

/** argv → options of `import-key`. */
export function createImportKeyCommand(start: Start, run: Run<ImportKeyOptions> = runLazily): Command {
  const command = new Command('import-key')
    .description('take in a public key (RFC 9421), with proof that the partner holds the private key')
    .argument('<partner>', 'whose it is')
    .requiredOption('--public-key <file>', 'the public key, PEM')
    .option('--challenge-out <file>', 'first step: write there what the partner is to sign')
    .option('--key-id <key-id>', 'first step: the key id that it will have; default: a new one')
    .option('--challenge <file>', 'second step: what the partner was to sign')
    .option('--proof <file>', 'second step: the signature, as bytes')
    .option('--replaces <key-id>', 'second step: the public key that gets an end')
    .option(
      '--overlap <duration>',
      'with --replaces, how long the old one goes on (default: 7d)',
      checkDuration,
    )
    .option('--certificate <file>', 'the client certificate that it is bound to')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', EXAMPLES)
    .action(async (partner: string, flags: Omit<ImportKeyOptions, 'partner'>, self: Command) => {
      await start(self, run, { ...flags, partner })
    })
  return addRestrictionOptions(command)
}

async function runLazily(...args: Parameters<Run<ImportKeyOptions>>): ReturnType<Run<ImportKeyOptions>> {
  const { runImportKey } = await import('./run.js')
  return runImportKey(...args)
}
