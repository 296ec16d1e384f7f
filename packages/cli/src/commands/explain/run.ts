import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { createPaint, mayUseColor } from '../../output.js'
import type { ExplainOptions } from './command.js'
import { explainFile } from './explain-file.js'
import { explainLive } from './explain-live.js'
import { type Explanation, findByteDifference, UNNAMED } from './explanation.js'
import { findNextStep } from './next-step.js'
import { formatExplanation } from './show-explanation.js'

const DEFAULT_WIDTH = 80

/** `explain`: why a signature was refused. Neither the secret nor a signature is ever part of what it shows. */
export async function runExplain(context: Context, options: ExplainOptions): Promise<ExitCode> {
  const explanation =
    'file' in options ? await explainFile(context, options) : await explainLive(context, options)
  const exitCode = decideExitCode(explanation)
  const { stdout, env, flags } = context
  await context.output.result(toJson(explanation, exitCode), () =>
    formatExplanation(
      explanation,
      stdout.columns ?? DEFAULT_WIDTH,
      createPaint(mayUseColor(stdout, env, flags.color !== false)),
    ),
  )
  return exitCode
}

function decideExitCode({ source, causes }: Explanation): ExitCode {
  if (source === 'live' && causes[0]?.code === 'accepted') return EXIT.ok
  return causes.every(({ code }) => UNNAMED.has(code)) ? EXIT.rejected : EXIT.ok
}

function toJson(
  { source, causes, proven, signer, verifier, answer, notes }: Explanation,
  exitCode: ExitCode,
): unknown {
  const difference = signer && verifier ? findByteDifference(signer, verifier) : undefined
  return {
    schema: 'partner-cli.explain/1',
    source,
    causes: causes.map(cause => ({ ...cause, next: findNextStep(cause.code) })),
    proven,
    firstDifference: difference ?? null,
    signer: signer ?? null,
    verifier: verifier ?? null,
    answer:
      answer === undefined
        ? null
        : { status: answer.status ?? null, code: answer.code, requestId: answer.requestId ?? null },
    notes,
    exitCode,
  }
}
