import { readFile, writeFile } from 'node:fs/promises'
import type { HttpSignatureCredential } from '../../credential.js'
import { importPublicKey, replacePublicKey } from '../../credential-life/import-public-key.js'
import { createKeyId } from '../../credential-life/random-text.js'
import { assertKeyId } from '../../credential-life/restrictions.js'
import { createEnrolmentChallenge, type EnrolmentProof } from '../../key-enrolment.js'
import { CommandError } from '../command-error.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { parseMoment } from '../parse-moment.js'
import { readThumbprint, toRestrictions } from '../restriction-options.js'
import type { ImportKeyOptions } from './command.js'

/** `import-key`: its first step, or its second. */
export async function runImportKey(context: Context, options: ImportKeyOptions): Promise<ExitCode> {
  const { challengeOut, challenge, proof } = options
  const isFirst = challengeOut !== undefined && challenge === undefined && proof === undefined
  const isSecond = challengeOut === undefined && challenge !== undefined && proof !== undefined
  if (isFirst) return makeChallenge(context, options, challengeOut)
  if (isSecond) return takeKey(context, options, challenge, proof)
  throw new CommandError('usage', EXIT.usage, 'Give --challenge-out, or both --challenge and --proof.', {
    next: 'server-verify import-key --help',
  })
}

async function makeChallenge(context: Context, options: ImportKeyOptions, file: string): Promise<ExitCode> {
  const { partner, environment, publicKey, keyId = createKeyId(partner, '_') } = options
  assertKeyId(keyId)
  const challenge = createEnrolmentChallenge({
    keyId,
    partnerId: partner,
    environment,
    publicKey: await readFile(publicKey, 'utf8'),
    now: context.now(),
  })
  await writeFile(file, challenge, { flag: 'wx' })
  await context.result({ keyId, challenge: file }, () => `${keyId} ${file}`)
  await context.note(
    `Send ${file} to ${partner} to be signed, and keep it: the proof is held against your copy. It is good for a day.`,
  )
  return EXIT.ok
}

async function takeKey(
  context: Context,
  options: ImportKeyOptions,
  challenge: string,
  proofFile: string,
): Promise<ExitCode> {
  const { partner, publicKey, replaces } = options
  const proof: EnrolmentProof = {
    challenge: await readFile(challenge, 'utf8'),
    publicKey: await readFile(publicKey, 'utf8'),
    signature: await readFile(proofFile),
  }
  const credential =
    replaces === undefined
      ? await importNew(context, options, proof)
      : await importNext(context, options, proof, replaces)
  const { keyId, algorithm } = credential
  await context.result(credential, () => `Imported ${keyId} (${algorithm}) for ${partner}.`)
  return EXIT.ok
}

async function importNew(
  context: Context,
  options: ImportKeyOptions,
  proof: EnrolmentProof,
): Promise<HttpSignatureCredential> {
  const { partner, certificate, reason, overlap } = options
  if (overlap !== undefined) throw usage('--overlap goes with --replaces.')
  const thumbprints = certificate === undefined ? undefined : [await readThumbprint(certificate)]
  const restrictions = toRestrictions(partner, options, thumbprints, context.now())
  const { actor, now } = context
  return importPublicKey(await context.registry(), proof, restrictions, { actor, reason, now })
}

async function importNext(
  context: Context,
  options: ImportKeyOptions,
  proof: EnrolmentProof,
  replaces: string,
): Promise<HttpSignatureCredential> {
  const { scope, role, restrictTo, ip, requires, notBefore, certificate, notAfter, overlap, reason } = options
  if ([scope, role, restrictTo, ip, requires, notBefore, certificate].some(given => given !== undefined))
    throw usage('With --replaces the rights are those of the old key.')
  const { actor, now } = context
  return replacePublicKey(await context.registry(), replaces, proof, {
    actor,
    reason,
    now,
    overlapMs: overlap,
    notAfter: notAfter === undefined ? undefined : parseMoment(notAfter, now()),
  })
}

function usage(message: string): CommandError {
  return new CommandError('usage', EXIT.usage, message, { next: 'server-verify import-key --help' })
}
