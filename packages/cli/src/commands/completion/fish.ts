import { type CommandWords, namesWithValue, type OptionWords } from './command-words.js'

/** For fish 3 and newer. */
export function createFishScript(commands: readonly CommandWords[]): string {
  const paths = commands.flatMap(({ path, words }) =>
    words
      .filter(({ word }) => commands.some(other => other.path === `${path} ${word}`.trim()))
      .map(({ word }) => quote(`${path} ${word}`.trim())),
  )
  const shared = new Set(commands.find(({ path }) => path === '')?.options.map(({ names }) => names.join()))
  const lines = commands.flatMap(({ path, words, options }) => {
    const here = `-n '__partner_cli_at "${path}"'`
    const own = path === '' ? options : options.filter(({ names }) => !shared.has(names.join()))
    return [
      ...words.map(
        ({ word, description }) =>
          `complete -c partner-cli ${here} -f -a ${quote(word)} -d ${quote(description)}`,
      ),
      ...own.map(option => `complete -c partner-cli${path === '' ? '' : ` ${here}`} ${formatOption(option)}`),
    ]
  })
  return `# fish completion for partner-cli: ~/.config/fish/completions/partner-cli.fish
function __partner_cli_at
  set -l path ''
  set -l last ''
  for word in (commandline -opc)[2..-1]
    if not contains -- $last ${namesWithValue(commands).join(' ')}
      set -l next (string trim -- "$path $word")
      if contains -- $next ${paths.join(' ')}
        set path $next
      end
    end
    set last $word
  end
  test "$path" = "$argv[1]"
end
complete -c partner-cli -e
${lines.join('\n')}
`
}

function formatOption({ names, description, value }: OptionWords): string {
  const flags = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const kind =
    value === undefined
      ? ''
      : value === 'file'
        ? ' -r -F'
        : value === 'directory'
          ? " -x -a '(__fish_complete_directories)'"
          : value === 'profile'
            ? ` -x -a '(partner-cli profile list --query "join(\\' \\', profiles[].name)" 2>/dev/null | string trim -c \\'"\\' | string split " ")'`
            : value === 'text'
              ? ' -x'
              : ` -x -a ${quote(value.join(' '))}`
  return `${flags.join(' ')}${kind} -d ${quote(description)}`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
