import type { Command } from 'commander'
import { EXIT_CODE_MEANINGS } from '../../exit-code.js'

/** The manual page, in man(7) roff, from what the commands say about themselves. */
export function createManPage(program: Command): string {
  const lines = [
    '.TH PARTNER-CLI 1 "" "partner-cli" "User Commands"',
    '.SH NAME',
    'partner\\-cli \\- push order statuses to a platform, signed',
    '.SH SYNOPSIS',
    '.B partner\\-cli',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    escapeRoff(program.description()),
    '.SH COMMANDS',
    ...program.commands.flatMap(command => describeCommand(command, '')),
    '.SH OPTIONS OF EVERY COMMAND',
    ...describeOptions(program),
    '.SH EXIT STATUS',
    ...EXIT_CODE_MEANINGS.flatMap(([code, meaning, action]) => [
      '.TP',
      `.B ${code}`,
      escapeRoff(`${meaning}. To do: ${action}.`),
    ]),
    '.SH SEE ALSO',
    escapeRoff('partner-cli help environment, partner-cli help files, partner-cli help formats'),
  ]
  return lines.join('\n')
}

function describeCommand(command: Command, above: string): string[] {
  const name = `${above}${command.name()}`
  if (command.commands.length > 0)
    return command.commands.flatMap(child => describeCommand(child, `${name} `))
  const words = command.registeredArguments.map(argument =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  )
  return [
    `.SS ${quote([name, ...words].join(' '))}`,
    escapeRoff(command.description()),
    ...command.registeredArguments.flatMap(argument => [
      '.TP',
      `.I ${escapeRoff(argument.name())}`,
      escapeRoff(argument.description),
    ]),
    ...describeOptions(command),
  ]
}

function describeOptions(command: Command): string[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ flags, description, argChoices }) => {
      const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`
      return ['.TP', `.B ${quote(flags)}`, escapeRoff(`${description}${choices}`)]
    })
}

/** A line that begins with a dot or a quote would be a request; a bare hyphen is no minus. */
function escapeRoff(text: string): string {
  const safe = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\n', ' ')
    .replace(
      /[^\x20-\x7e]/g,
      letter => `\\[u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
  return /^[.']/.test(safe) ? `\\&${safe}` : safe
}

function quote(text: string): string {
  return `"${escapeRoff(text).replaceAll('"', '\\(dq')}"`
}
