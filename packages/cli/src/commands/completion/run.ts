import type { Command } from 'commander'
import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { writeText } from '../../output.js'
import { createBashScript } from './bash.js'
import type { Shell } from './command.js'
import { describeCommands } from './command-words.js'
import { createFishScript } from './fish.js'
import { createPowershellScript } from './powershell.js'
import { createZshScript } from './zsh.js'

const SCRIPTS = {
  bash: createBashScript,
  zsh: createZshScript,
  fish: createFishScript,
  powershell: createPowershellScript,
} as const

/** `completion`: a script that holds all words, so that a TAB starts no program but for names of profiles. */
export async function runCompletion(
  context: Context,
  { shell, program }: { readonly shell: Shell; readonly program: Command },
): Promise<ExitCode> {
  await writeText(context.stdout, SCRIPTS[shell](describeCommands(program)))
  return EXIT.ok
}
