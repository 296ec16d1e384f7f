import { Argument, Command } from 'commander'
import type { Start } from '../../start.js'

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

export type Shell = (typeof SHELLS)[number]

const EXAMPLES = `
Examples:
  partner-cli completion bash > /etc/bash_completion.d/partner-cli
  echo 'source <(partner-cli completion bash)' >> ~/.bashrc
  partner-cli completion zsh > "\${fpath[1]}/_partner-cli"
  partner-cli completion fish > ~/.config/fish/completions/partner-cli.fish
  partner-cli completion powershell >> $PROFILE`

/** argv → options of `completion`. */
export function createCompletionCommand(start: Start): Command {
  return new Command('completion')
    .description('print a script that completes commands, flags and values in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell, _flags: unknown, command: Command) => {
      const program = command.parent ?? command
      await start(command, async (...args) => (await import('./run.js')).runCompletion(...args), {
        shell,
        program,
      })
    })
}
