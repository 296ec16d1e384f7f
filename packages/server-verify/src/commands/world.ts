/** Everything outside the program that a command may touch. Tests give their own. */
export interface World {
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number | undefined }
  readonly stderr: NodeJS.WritableStream & { readonly columns?: number | undefined }
  readonly env: Readonly<Record<string, string | undefined>>
  /** ms since epoch */
  readonly now: () => number
  /** Aborted by the first SIGINT or SIGTERM; its reason is the exit code. */
  readonly signal: AbortSignal
}

/** An empty variable counts as absent: unit files and CI systems set many. */
export function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}

/** Writes and waits until it is taken; a reader that went away is no error. */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise(resolve => {
    if (!stream.writable) resolve()
    else stream.write(text, () => resolve())
  })
}
