/** Things to close, last opened first; each once, and one that fails does not keep the others open. */
export class ClosingStack {
  readonly #steps: (() => unknown)[] = []
  #closed: Promise<void> | undefined

  add(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** @throws what the first failing step threw, after all steps */
  close(): Promise<void> {
    return (this.#closed ??= this.#run())
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.reverse()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
