import { type CommandWords, namesWithValue } from './command-words.js'

/** For bash 4 and newer; needs no other package. */
export function createBashScript(commands: readonly CommandWords[]): string {
  const cases = commands.map(
    ({ path, words, options }) =>
      `    '${path}') words='${words.map(({ word }) => word).join(' ')}'; options='${options.flatMap(({ names }) => names).join(' ')}' ;;`,
  )
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value === undefined || value === 'text'
        ? []
        : names.map(
            name =>
              `    '${path} ${name}') kind='${typeof value === 'string' ? `:${value}` : value.join(' ')}' ;;`,
          ),
    ),
  )
  return `# bash completion for partner-cli: source it, or put it into /etc/bash_completion.d
_partner_cli_words() {
  words='' options=''
  case $1 in
${cases.join('\n')}
  esac
}
_partner_cli_value() {
  kind=':none'
  case $1 in
${[...new Set(values)].join('\n')}
  esac
}
_partner_cli() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' last='' word words options kind i
  local valued=' ${namesWithValue(commands).join(' ')} '
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $valued != *" $last "* || $last != -* ]]; then
      _partner_cli_words "$path"
      [[ $word != -* && " $words " == *" $word "* ]] && path=\${path:+$path }$word
    fi
    last=$word
  done
  if [[ $prev == -* && $valued == *" $prev "* ]]; then
    _partner_cli_value "\${path:+$path }$prev"
    [[ -z $path ]] && _partner_cli_value " $prev"
    case $kind in
      :file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      :directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
      :profile) mapfile -t COMPREPLY < <(compgen -W "$("\${COMP_WORDS[0]}" profile list --query "join(' ', profiles[].name)" 2>/dev/null | tr -d '"')" -- "$cur") ;;
      :none) ;;
      *) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$cur") ;;
    esac
    return
  fi
  _partner_cli_words "$path"
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _partner_cli partner-cli
`
}
