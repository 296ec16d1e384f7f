import type { Command } from 'commander'

/** What may stand after a command. */
export interface CommandWords {
  /** Names of the command and those above it, without the program: `auth import`; empty for the program itself. */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly description: string }[]
  readonly options: readonly OptionWords[]
}

export interface OptionWords {
  /** `-q`, `--quiet` */
  readonly names: readonly string[]
  readonly description: string
  /** Undefined: it takes no value. */
  readonly value: 'file' | 'directory' | 'profile' | 'text' | readonly string[] | undefined
}

/** All commands of a program, those without children too, each with the options of the program. */
export function describeCommands(program: Command): CommandWords[] {
  const shared = readOptions(program)
  const walk = (command: Command, path: string): CommandWords[] => [
    {
      path,
      words: [
        ...command.commands.map(child => ({ word: child.name(), description: child.description() })),
        ...command.registeredArguments.flatMap(argument =>
          (argument.argChoices ?? []).map(word => ({ word, description: argument.description })),
        ),
      ],
      options: command === program ? shared : [...readOptions(command), ...shared],
    },
    ...command.commands.flatMap(child => walk(child, `${path} ${child.name()}`.trim())),
  ]
  return walk(program, '')
}

function readOptions(command: Command): OptionWords[] {
  return [
    ...command.options
      .filter(option => !option.hidden)
      .map(({ short, long, description, argChoices, flags }) => ({
        names: [short, long].filter(name => name !== undefined && name !== null),
        description,
        value: argChoices ?? readValueKind(flags),
      })),
    { names: ['-h', '--help'], description: 'display help for command', value: undefined },
  ]
}

function readValueKind(flags: string): OptionWords['value'] {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1]
  if (placeholder === undefined) return undefined
  if (/^(file|path)/.test(placeholder)) return 'file'
  if (placeholder === 'dir') return 'directory'
  return flags.startsWith('--profile ') || placeholder === 'profile' ? 'profile' : 'text'
}

/** All options that take a value, by name: the word after one of them is no command. */
export function namesWithValue(commands: readonly CommandWords[]): string[] {
  const names = commands.flatMap(({ options }) =>
    options.filter(({ value }) => value !== undefined).flatMap(option => option.names),
  )
  return [...new Set(names)].sort()
}
