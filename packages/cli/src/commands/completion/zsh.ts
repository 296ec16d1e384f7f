import { type CommandWords, namesWithValue, type OptionWords } from './command-words.js'

/** For zsh with compinit; works as a file `_partner-cli` in fpath and when it is sourced. */
export function createZshScript(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ path, words, options }) => {
    const described = words.map(({ word, description }) => quote(`${word}:${description}`))
    const flags = options.flatMap(({ names, description }) =>
      names.map(name => quote(`${name}:${description}`)),
    )
    return `    ('${path}') words_here=(${described.join(' ')}); options_here=(${flags.join(' ')}) ;;`
  })
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(option => option.names.map(name => formatValue(`${path} ${name}`.trim(), option))),
  )
  return `#compdef partner-cli
_partner_cli_words() {
  words_here=() options_here=()
  case $1 in
${cases.join('\n')}
  esac
}
_partner_cli() {
  local here='' last='' word i
  local -a words_here options_here plain
  local valued=' ${namesWithValue(commands).join(' ')} '
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ $last != -* || $valued != *" $last "* ]]; then
      _partner_cli_words "$here"
      plain=("\${words_here[@]%%:*}")
      if (( \${plain[(Ie)$word]} )); then here="\${here:+$here }$word"; fi
    fi
    last=$word
  done
  if [[ $last == -* && $valued == *" $last "* ]]; then
    case "\${here:+$here }$last" in
${[...new Set(values.filter(value => value !== ''))].join('\n')}
    esac
    return
  fi
  _partner_cli_words "$here"
  if [[ \${words[CURRENT]} == -* ]]; then _describe -o 'option' options_here
  elif (( \${#words_here} )); then _describe 'command' words_here
  else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _partner_cli "$@"; else compdef _partner_cli partner-cli; fi
`
}

function formatValue(key: string, { value }: OptionWords): string {
  if (value === undefined || value === 'text') return ''
  const action =
    value === 'file'
      ? '_files'
      : value === 'directory'
        ? '_files -/'
        : value === 'profile'
          ? `compadd -- \${(s: :)$(\${words[1]} profile list --query "join(' ', profiles[].name)" 2>/dev/null | tr -d '"')}`
          : `compadd -- ${value.join(' ')}`
  return `      ('${key}') ${action} ;;`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
