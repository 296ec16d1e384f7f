import { type CommandWords, namesWithValue } from './command-words.js'

/** For PowerShell 5.1 and newer. */
export function createPowershellScript(commands: readonly CommandWords[]): string {
  const entries = commands.map(
    ({ path, words, options }) =>
      `    '${path}' = @{ words = @(${list(words.map(({ word }) => word))}); options = @(${list(options.flatMap(({ names }) => names))}) }`,
  )
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      typeof value === 'object'
        ? names.map(name => `    '${`${path} ${name}`.trim()}' = @(${list(value)})`)
        : [],
    ),
  )
  return `# PowerShell completion for partner-cli: add it to $PROFILE
Register-ArgumentCompleter -Native -CommandName partner-cli -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${entries.join('\n')}
  }
  $values = @{
${[...new Set(values)].join('\n')}
  }
  $valued = @(${list(namesWithValue(commands))})
  $path = ''
  $last = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
    $word = $element.ToString()
    if ($valued -cnotcontains $last) {
      $next = "$path $word".Trim()
      if ($commands.ContainsKey($next)) { $path = $next }
    }
    $last = $word
  }
  $choices = if ($valued -ccontains $last) { $values["$path $last".Trim()] }
    elseif ($wordToComplete.StartsWith('-')) { $commands[$path].options }
    else { $commands[$path].words }
  $choices | Where-Object { $_ -clike "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`
}

function list(words: readonly string[]): string {
  return words.map(word => `'${word.replaceAll("'", "''")}'`).join(', ')
}
